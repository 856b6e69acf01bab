using Ikada.Consensus;
using Ikada.Log;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Workloads;
using Ikada.StateMachine;

namespace Ikada.Simulation.Checkers;

/// <summary>All checkers of one cluster, and which of them looks at what. Each look costs the same
/// however long the run is.</summary>
internal sealed class Checks
{
    private readonly NodeView[] _views;
    private readonly DurableImage[] _images;
    private readonly ElectionSafety _elections = new();
    private readonly LogMatching _matching = new();
    private readonly OneVotePerTerm _votes = new();
    private readonly UpToDateVotes _upToDate;
    private readonly MatchGrowth _matches;
    private readonly CommittedLog _committed;
    private readonly Memberships _memberships = new();
    private readonly StateMachineSafety _applies;
    private readonly StateHashes _hashes = new();
    private readonly LogFollower _follower;
    private readonly Workload _workload;
    private ulong _executed;

    /// <summary>Of as many nodes as <paramref name="starts"/> has; each starts with the membership
    /// there.</summary>
    public Checks(ReadOnlySpan<Membership> starts, Workload workload, GroupId group)
    {
        var nodes = starts.Length;
        _committed = new CommittedLog(starts[0]);
        var bases = new BaseRule(_committed, _memberships);
        Snapshots = new SnapshotChecks(nodes, bases, _hashes);
        _follower = new LogFollower(_committed, _memberships, _matching, bases, Snapshots.Images);
        _upToDate = new UpToDateVotes(nodes);
        _matches = new MatchGrowth(nodes);
        _views = new NodeView[nodes];
        _images = new DurableImage[nodes];
        _applies = new StateMachineSafety(group, _committed);
        _workload = workload;
        Quarantines = new Quarantines(nodes);
        for (var node = 0; node < nodes; node++)
        {
            _views[node] = new NodeView(node, starts[node]);
            _images[node] = new DurableImage(_views[node], _matching, _votes, bases);
        }
    }

    /// <summary>What looks at snapshots.</summary>
    public SnapshotChecks Snapshots { get; }

    /// <summary>What looks at nodes that are told that their state is wrong.</summary>
    public Quarantines Quarantines { get; }

    /// <summary>What looks at leaders that hear nobody.</summary>
    public QuorumContact? Contact { get; set; }

    /// <summary>The highest index that any node called committed.</summary>
    public ulong Committed => _committed.Last;

    /// <summary>The membership that is committed.</summary>
    public Membership CommittedMembership => _memberships.InForce(_committed.Log);

    /// <summary>What is committed, as a log.</summary>
    public LogMirror CommittedEntries => _committed.Log;

    public NodeView View(int node) => _views[node];

    /// <summary>The committed membership, and those that may still come into force.</summary>
    public IReadOnlyList<Membership> MembershipsToCome()
    {
        List<Membership> all = [CommittedMembership];
        _memberships.After(_committed.Last, all);
        return all;
    }

    /// <summary>The membership in force in a log.</summary>
    public Membership InForce(LogMirror log) => _memberships.InForce(log);

    public DurableImage ImageOf(int node) => _images[node];

    public SnapshotImage SnapshotsOf(int node) => Snapshots.Images[node];

    /// <summary>A node runs again; <paramref name="found"/> is what its log recovered.</summary>
    public void Started(
        int node, Incarnation incarnation, RecoveredLog found, bool powerWasLost)
    {
        var view = _views[node];
        view.Restart();
        view.Incarnation = incarnation;
        found.FillIn(node, view.Durable);
        _images[node].Recovered(found, powerWasLost);
        view.Memory.Become(_committed.Log, found.Base.Index.Value);
        view.Base = found.Base.Index.Value;
        Snapshots.Images[node].Recovered(view.Base);
        foreach (var entry in found.Entries)
        {
            if (!_matching.TryFind(entry.Index.Value, entry.Term.Value, out var known))
            {
                throw new PropertyViolatedException(
                    DurableImage.Property, $"n{node + 1} recovered an entry {entry.Term}/{entry.Index} "
                        + "that was never in a log");
            }

            view.Memory.Append(known.Term, known.Checksum, known.Kind);
        }

        view.InForce.Add(_memberships.InForce(view.Memory));
    }

    /// <summary>The first look at a node that runs again.</summary>
    public void Restarted(int node, GroupLog log, in ReplicaStatus status)
    {
        var view = _views[node];
        if (log.Base.Index.Value > view.Base)
        {
            _follower.FollowBase(view, log.Base); // an install that a crash had cut was completed
        }

        Monotonicity.Restarts(node, view.DurableTerm, status);
        view.Became(status);
    }

    // A membership that its disk has lost a node cannot act under; until it has it back it does not campaign.
    private static bool IsNewestDamaged(NodeView view, GroupLog log)
    {
        var newest = view.Memory.Memberships.Count > 0 ? view.Memory.Memberships[^1] : 0;
        foreach (var range in log.Damage)
        {
            if (range.First.Value <= newest && newest <= range.Last.Value)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A node took a step.</summary>
    public void Stepped(int node, GroupLog log, in ReplicaStatus status, Membership told)
    {
        var view = _views[node];
        var before = view.Status;
        Monotonicity.Steps(node, before, status);
        RoleChanges.Steps(node, before, status);
        var electorate = view.InForce[0];
        var led = before.Role == Role.Leader && status.Role == Role.Leader && before.Term == status.Term;
        _follower.Follow(view, log, status.Last, status.Term, led, status.Commit.Value);
        view.Became(status);
        if (status.Role is Role.PreCandidate or Role.Candidate)
        {
            var known = _memberships.InForce(view.Memory, status.Commit.Value);
            Electorate.Takes(node, status.Role, view.InForce[^1], known);
        }

        if (status.Role == Role.Leader && (before.Role != Role.Leader || before.Term != status.Term))
        {
            _elections.Leads(node, status.Term.Value);
            LeaderCompleteness.Elected(node, status.Term.Value, view.Memory, _committed);
            var term = status.Term.Value;
            Electorate.Elected(node, term, electorate, member => VoteOf(member, term));
        }

        if (status.Commit > before.Commit)
        {
            var first = status.Commit.Value > _committed.Last;
            _committed.Commits(node, view.Memory, status.Commit.Value);
            if (first)
            {
                CommitRule.Commits(node, before, status, _committed.TermAt(_committed.Last));
                CommitDurability.Commits(
                    node, _committed.Last, _committed.ChainAt(_committed.Last), view.InForce, _views);
            }
        }

        if (view.InForce.Count > 1)
        {
            if (!IsNewestDamaged(view, log))
            {
                MembershipChanges.InForce(node, told, view.InForce[^1]);
            }

            view.InForce.RemoveRange(0, view.InForce.Count - 1);
        }
    }

    /// <summary>A message leaves a node.</summary>
    public void Leaves(int node, GroupLog? log, in Message message, ReadOnlySpan<LogEntry> entries)
    {
        var view = _views[node];
        MessageTerms.Leaves(node, message, view.DurableTerm);
        switch (message.Type)
        {
            case MessageType.AppendReply when !message.Reject:
                DurableBeforeSend.Acknowledges(node, message, view.Durable, LogOfLeader(message));
                break;
            case MessageType.VoteReply when !message.Reject:
                DurableBeforeSend.Votes(
                    node, message, message.To, _votes.VoteOf(node, view.Life, message.Term.Value));
                _upToDate.Grants(node, message, view.Status, view.Memory);
                break;
            case MessageType.Vote:
                _upToDate.Asks(node, message);
                DurableBeforeSend.Votes(
                    node, message, message.From, _votes.VoteOf(node, view.Life, message.Term.Value));
                break;
            case MessageType.Heartbeat when log?.Last.Index.Value == view.Memory.Last:
                // Else a membership may have been appended in this step that has not been looked at.
                _matches.Leaves(
                    node, message, view.Memory.Memberships.Count, _views[(int)message.To.Value - 1]);
                break;
            case MessageType.EntryReply:
                Carries(node, entries);
                break;
            case MessageType.Append when !entries.IsEmpty:
                // Sent in the middle of a step: what was appended in it has not been looked at. A message
                // that carries none of it may have waited for the disk: its commit index is an old one.
                var led = view.Status.Role == Role.Leader && view.Status.Term == message.Term;
                if (log is not null && !(led && entries[^1].Index.Value <= view.Memory.Last))
                {
                    _follower.Follow(view, log, log.Last, message.Term, led, message.Commit.Value);
                }

                Carries(node, entries);
                break;
            case MessageType.SnapshotOffer or MessageType.SnapshotPiece:
                Snapshots.Flow?.Leaves(node, message, entries.IsEmpty ? 0 : entries[0].Body.Length);
                break;
            default:
                break;
        }
    }

    /// <summary>A message reaches a node; <paramref name="now"/> is what its clock says.</summary>
    public void Arrives(int node, in Message message, Instant now)
    {
        Contact?.Arrives(node, message.From, now);
        if (message.Type == MessageType.SnapshotAnswer)
        {
            Snapshots.Flow?.Answered(node, message);
        }
    }

    /// <summary>A node's state machine, which stands at <paramref name="from"/>, is about to apply.</summary>
    public void Applies(int node, ulong from, ReadOnlySpan<CommittedCommand> commands, ulong upTo)
    {
        _applies.Applies(node, from, commands, upTo);
        foreach (ref readonly var command in commands)
        {
            if (command.Index.Value > _executed)
            {
                _workload.Execute(command);
            }
        }

        if (upTo > _executed)
        {
            _executed = upTo;
            _workload.Stands(upTo);
        }
    }

    /// <summary>A node's state machine has applied.</summary>
    public void Applied(int node, ulong upTo, ulong hash) => _hashes.Stands(node, upTo, hash);

    private LogMirror? LogOfLeader(in Message reply)
    {
        var leader = _views[(int)reply.To.Value - 1];
        return leader.IsUp && leader.Status.Role == Role.Leader && leader.Status.Term == reply.Term
            ? leader.Memory : null;
    }

    private void Carries(int node, ReadOnlySpan<LogEntry> entries)
    {
        foreach (ref readonly var entry in entries)
        {
            _matching.Carries(node, entry.Index.Value, entry.Term.Value, entry.Checksum);
        }
    }

    // Whom a member voted for: by the directory that is bound to it, or by any while none is.
    private NodeId VoteOf(Member member, ulong term)
    {
        var node = (int)member.Id.Value - 1;
        var life = member.Incarnation is { } bound ? _views[node].LifeOf(bound) : _views[node].Life;
        var vote = _votes.VoteOf(node, life, term);
        while (vote.IsNone && member.Incarnation is null && life-- > 0)
        {
            vote = _votes.VoteOf(node, life, term);
        }

        return vote;
    }
}
