using Ikada.Consensus;
using Ikada.Log;
using Ikada.Primitives;
using Ikada.Replica;
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
    private readonly CommittedLog _committed;
    private readonly Memberships _memberships = new();
    private readonly StateMachineSafety _applies;
    private readonly StateHashes _hashes = new();
    private ulong _executed;

    /// <summary>Of as many nodes as <paramref name="starts"/> has; each starts with the membership
    /// there.</summary>
    public Checks(ReadOnlySpan<Membership> starts, int keys, GroupId group)
    {
        var nodes = starts.Length;
        _committed = new CommittedLog(starts[0]);
        _views = new NodeView[nodes];
        _images = new DurableImage[nodes];
        _applies = new StateMachineSafety(group, _committed);
        Model = new KeyValueModel(keys);
        History = new Linearizability(Model);
        for (var node = 0; node < nodes; node++)
        {
            _views[node] = new NodeView(node, starts[node]);
            _images[node] = new DurableImage(_views[node], _matching, _votes, _committed);
        }
    }

    public KeyValueModel Model { get; }

    public Linearizability History { get; }

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

    /// <summary>A node runs again; <paramref name="log"/> is what it recovered, and perhaps
    /// <paramref name="completed"/> an install that a crash had cut.</summary>
    public void Started(
        int node, Incarnation incarnation, GroupLog log, bool completed, bool powerWasLost)
    {
        if (completed)
        {
            _images[node].Installed(log.Base.Index.Value, log.Base.Term.Value);
        }

        var found = RecoveredLog.Of(node, log, _committed);
        var view = _views[node];
        view.Restart();
        view.Incarnation = incarnation;
        found.FillIn(node, view.Durable);
        _images[node].Recovered(found, powerWasLost);
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
    public void Restarted(int node, in ReplicaStatus status)
    {
        Monotonicity.Restarts(node, _views[node].DurableTerm, status);
        _views[node].Became(status);
    }

    /// <summary>A node took a step.</summary>
    public void Stepped(int node, GroupLog log, in ReplicaStatus status, Membership told)
    {
        var view = _views[node];
        var before = view.Status;
        Monotonicity.Steps(node, before, status);
        var electorate = view.InForce[0];
        var led = before.Role == Role.Leader && status.Role == Role.Leader && before.Term == status.Term;
        Follow(view, log, status.Last, status.Term, led, status.Commit.Value);
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
            MembershipChanges.InForce(node, told, view.InForce[^1]);
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
                break;
            case MessageType.Vote:
                DurableBeforeSend.Votes(
                    node, message, message.From, _votes.VoteOf(node, view.Life, message.Term.Value));
                break;
            case MessageType.EntryReply:
                Carries(node, entries);
                break;
            case MessageType.Append when !entries.IsEmpty:
                if (log is not null)
                {
                    // Sent in the middle of a step: what was appended in it has not been looked at.
                    var led = view.Status.Role == Role.Leader && view.Status.Term == message.Term;
                    Follow(view, log, log.Last, message.Term, led, message.Commit.Value);
                }

                Carries(node, entries);
                break;
            default:
                break;
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
                _executed = command.Index.Value;
                Model.Execute(_executed, command.Body.Span);
            }
        }
    }

    /// <summary>A node's state machine was restored from a snapshot.</summary>
    public void Restored(int node, ulong upTo, ulong hash)
    {
        if (upTo > _committed.Last)
        {
            throw new PropertyViolatedException(
                StateMachineSafety.Property,
                $"n{node + 1} restores a state of {upTo}; nobody committed beyond {_committed.Last}");
        }

        _hashes.Stands(node, upTo, hash);
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

    private void Follow(
        NodeView view, GroupLog log, LogPosition last, Term term, bool ledThroughout, ulong commit)
    {
        var memory = view.Memory;
        FollowBase(view, log);
        if (memory.Last == last.Index.Value && memory.LastTerm == last.Term.Value)
        {
            return;
        }

        var kept = Math.Min(memory.Last, last.Index.Value);
        while (kept > 0 && log.TryGetTerm(new LogIndex(kept),
            out var found) && found.Value != memory.TermAt(kept))
        {
            kept--;
        }

        if (ledThroughout)
        {
            LeaderAppendOnly.Truncated(view.Node, term.Value, memory.Last, kept);
        }

        if (kept < memory.Last)
        {
            memory.TruncateTo(kept);
            view.InForce.Add(_memberships.InForce(memory));
        }

        for (var index = kept + 1; index <= last.Index.Value; index++)
        {
            if (!log.TryGet(new LogIndex(index), out var added))
            {
                throw new PropertyViolatedException(
                    LogMatching.Property, $"n{view.Node + 1} appended entry {index} and cannot show it");
            }

            LogTerms.Follows(view.Node, index, memory.LastTerm, added.Term.Value, term.Value);
            memory.Append(added.Term.Value, added.Checksum, added.Kind);
            _matching.Holds(view.Node, "log", index, memory.At(index));
            if (added.Kind == EntryKind.Membership)
            {
                FollowMembership(view, index, added, Math.Max(commit, Committed));
            }
        }
    }

    // A snapshot took the place of a log that did not reach it, or held other entries.
    private void FollowBase(NodeView view, GroupLog log)
    {
        var (index, term) = (log.Base.Index.Value, log.Base.Term.Value);
        if (index > 0 && !view.Memory.Holds(index, term))
        {
            _committed.CheckBase(view.Node, index, term);
            _committed.Install(view.Memory, index);
            view.InForce.Add(_memberships.InForce(view.Memory));
        }
    }

    // Whoever is first to hold a membership entry is the leader that made it.
    private void FollowMembership(NodeView view, ulong index, in LogEntry entry, ulong committed)
    {
        var memory = view.Memory;
        var isNew = _memberships.Add(index, entry.Term.Value, entry.Body.Span);
        var at = memory.Memberships.Count - 1;
        var membership = _memberships.At(memory, at);
        view.InForce.Add(membership);
        if (isNew)
        {
            MembershipChanges.Appends(
                view.Node, index, _memberships.At(memory, at - 1), membership,
                _memberships.LastChange(memory, at), committed);
        }
    }
}
