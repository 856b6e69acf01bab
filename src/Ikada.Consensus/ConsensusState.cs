using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>
/// The state of one group's consensus on one node (§5, figure 2), and the few transitions that several
/// handlers share. Handlers hold the rules; this holds what they speak of.
/// </summary>
internal sealed class ConsensusState
{
    private readonly HashSet<NodeId> _connected = [];
    private Membership? _newest;
    private Membership? _former;
    private Membership? _reachable;

    public ConsensusState(
        ConsensusOptions options, NodeId self, RestoredLog restored, ulong seed, Instant now)
    {
        Now = now;
        var log = restored.View;
        var saved = restored.HardState;
        Options = options;
        Self = self;
        Log = log;
        Random = new RandomSource(seed);
        Term = saved.Term;
        Vote = saved.Vote;
        Commit = LogIndex.Max(LogIndex.Max(saved.Commit, log.Base.Index), restored.Applied);
        Durable = log.Last.Index;
        if ((restored.LostHardState || restored.IsInstallCompleted) && log.Last.Term > Term)
        {
            // An entry of a term on the disk shows the term as well as a hard state does; the vote in it is
            // lost, or (a snapshot that was durable before the hard state was) none was given.
            (Term, Vote) = (log.Last.Term, NodeId.None);
        }

        if (restored.IsInDoubt)
        {
            // What was known committed may be among what is lost, and what stands in its place may be older:
            // a leader tells it anew.
            Commit = LogIndex.Max(log.Base.Index, restored.CommittedForSure);
        }

        Invariant.Check(
            Commit <= Durable,
            $"commit {Commit} lies beyond the end of the log, {Durable}: entries are missing");
        Invariant.Check(
            log.Last.Term <= Term, $"the log ends in term {log.Last.Term}, above the node's own term {Term}");
        if (restored.IsInstallCompleted)
        {
            // The disk holds the snapshot; that the log begins behind it is still being written, and so is
            // the term.
            Installing = log.Base;
        }

        Outbox = new Outbox(
            Effects, restored.IsInstallCompleted ? saved : saved with { Term = Term, Vote = Vote });
        Identities = new Identities(this, restored.Identity, restored.IsStartedOver);
        Members = new Members(this);
        Damage = new LogDamage(this, restored);
        DiskWatch = new DiskWatch(this);
        Space = new Space(this);
        Voting = new Voting(this);
        Lease = new Lease(this, restored.IsInstallCompleted);
        Quiescence = new Quiescence(this);
        Election = new Election(this);
        Leadership = new Leadership(this);
    }

    public ConsensusOptions Options { get; }

    public NodeId Self { get; }

    public LogView Log { get; }

    public RandomSource Random { get; }

    public EffectList Effects { get; } = new();

    public Outbox Outbox { get; }

    public Election Election { get; }

    public Leadership Leadership { get; }

    public Identities Identities { get; }

    public Members Members { get; }

    public LogDamage Damage { get; }

    public DiskWatch DiskWatch { get; }

    public Space Space { get; }

    public Voting Voting { get; }

    public Lease Lease { get; }

    public Quiescence Quiescence { get; }

    /// <summary>The time of the input being handled.</summary>
    public Instant Now { get; set; }

    /// <summary>The latest term seen; never falls (§5.1).</summary>
    public Term Term { get; private set; }

    /// <summary>Whom this node voted for in <see cref="Term"/> (§5.2).</summary>
    public NodeId Vote { get; private set; }

    public Role Role
    {
        get;
        private set
        {
            StepInvariants.CheckTransition(field, value, Term);
            field = value;
        }
    }

    /// <summary>The leader of <see cref="Term"/> as far as known.</summary>
    public NodeId Leader { get; private set; }

    /// <summary>When <see cref="Leader"/> was last heard.</summary>
    public Instant LeaderHeard { get; private set; }

    /// <summary>Invariant: never falls, Commit ≤ Log.Last (§5.3).</summary>
    public LogIndex Commit { get; private set; }

    /// <summary>The last entry known to be on this node's disk.</summary>
    public LogIndex Durable { get; set; }

    /// <summary>
    /// Follower: up to where the log is known to match that of <see cref="Leader"/> in <see cref="Term"/>.
    /// What lies beyond may be left over from another leader and is never acknowledged.
    /// </summary>
    public LogIndex Verified { get; set; }

    /// <summary>Follower: the last entry of the snapshot that is being put in force; default if none is.
    /// Until that is done nothing is taken, acknowledged or campaigned for.</summary>
    public LogPosition Installing { get; set; }

    public bool IsInstalling => Installing.Index > LogIndex.Zero;

    /// <summary>When a node that does not lead stops waiting.</summary>
    public Instant ElectionDeadline { get; set; }

    public bool IsVoter => Log.Membership.IsVoter(Self);

    /// <summary>What this node may acknowledge: durable, and equal to the leader's log. What is committed is
    /// in every later leader's log (§5.4.3).</summary>
    public LogIndex Acknowledgeable => LogIndex.Min(
        LogIndex.Min(Durable, Damage.AcknowledgeMax), LogIndex.Max(Verified, Commit));

    /// <summary>The membership in force with those that an uncommitted change removes: one of them may be
    /// the only one to hold what this node lacks to commit the change.</summary>
    public Membership Reachable
    {
        get
        {
            var (newest, former) = (Log.Membership, Log.MembershipAt(LogIndex.Max(Commit, Log.Base.Index)));
            if (_reachable is null || !ReferenceEquals(_newest, newest) || !ReferenceEquals(_former, former))
            {
                (_newest, _former) = (newest, former);
                _reachable = Log.Memberships.WithFormer(Commit);
            }

            return _reachable;
        }
    }

    public bool IsConnected(NodeId peer) => _connected.Contains(peer);

    public void SetConnected(NodeId peer, bool connected)
    {
        if (connected)
        {
            _connected.Add(peer);
        }
        else
        {
            _connected.Remove(peer);
        }
    }

    /// <summary>
    /// Whether a living leader stands against an election (diss. §4.2.3): it was heard within the minimum
    /// election timeout and this node's own connection from it is open. So a majority must have lost the
    /// leader before it is replaced.
    /// </summary>
    public bool HasLivingLeader =>
        Role == Role.Leader
        || (!Leader.IsNone && Now - LeaderHeard < Options.ElectionTimeout && IsConnected(Leader));

    /// <summary>Follows <paramref name="leader"/> (or nobody yet) in <paramref name="term"/>, at or above
    /// the own one (§5.1).</summary>
    public void BecomeFollower(Term term, NodeId leader)
    {
        Invariant.Check(term >= Term, $"cannot go back from term {Term} to {term}");
        var before = (Role, Term, Leader);
        var wasLeader = Role == Role.Leader;
        if (term > Term)
        {
            SetTerm(term, NodeId.None);
        }

        if (Leader != leader || before.Term != term)
        {
            Verified = LogIndex.Zero;
        }

        Role = Role.Follower;
        Leader = leader;
        if (wasLeader)
        {
            Leadership.End();
            Election.ResetDeadline();
        }

        ObserveIfChanged(before);
    }

    /// <summary>A message of the current leader arrived.</summary>
    public void HearLeader(NodeId leader)
    {
        Invariant.Check(
            Role != Role.Leader, $"two leaders in term {Term}: {leader} and this node, {Self}");
        Invariant.Check(
            Leader.IsNone || Leader == leader, $"two leaders in term {Term}: {Leader} and {leader}");
        if (Role != Role.Follower || Leader != leader)
        {
            BecomeFollower(Term, leader);
        }

        LeaderHeard = Now;
        // Its message came over a connection, whether or not the host has said so yet.
        SetConnected(leader, true);
        Election.LeaderHeard();
    }

    /// <summary>The leader was not heard, but its process was: it stands for another election
    /// timeout.</summary>
    public void VouchForLeader() => LeaderHeard = Now;

    /// <summary>The leader's process is silent: it stands no longer.</summary>
    public void DoubtLeader() => LeaderHeard = Now + -Options.ElectionTimeout;

    public void BecomePreCandidate()
    {
        var before = (Role, Term, Leader);
        Role = Role.PreCandidate;
        Leader = NodeId.None;
        ObserveIfChanged(before);
    }

    public void BecomeCandidate()
    {
        var before = (Role, Term, Leader);
        Role = Role.Candidate;
        SetTerm(Term.Next, Self);
        Leader = NodeId.None;
        Verified = LogIndex.Zero;
        ObserveIfChanged(before);
    }

    public void BecomeLeader()
    {
        var before = (Role, Term, Leader);
        Role = Role.Leader;
        Leader = Self;
        ObserveIfChanged(before);
        Leadership.Begin();
    }

    /// <summary>Votes in the current term, at most once (§5.2).</summary>
    public void GrantVote(NodeId candidate)
    {
        Invariant.Check(
            Vote.IsNone || Vote == candidate,
            $"already voted for {Vote} in term {Term}, not again for {candidate}");
        if (Vote != candidate)
        {
            Vote = candidate;
            SaveHardState();
        }
    }

    /// <summary>Raises the commit index; a lower or equal one changes nothing.</summary>
    public void CommitTo(LogIndex index)
    {
        if (index <= Commit)
        {
            return;
        }

        Invariant.Check(index <= Log.Last.Index,
            $"commit {index} passed the end of the log, {Log.Last.Index}");
        Commit = index;
        Effects.Add(new Effect { Kind = EffectKind.Commit, Last = index, LastTerm = Log.TermAt(index) });
        Members.CommitRose();
    }

    private void SetTerm(Term term, NodeId vote)
    {
        Term = term;
        Vote = vote;
        Outbox.DropBelow(term);
        SaveHardState();
    }

    private void SaveHardState() =>
        Effects.Add(new Effect { Kind = EffectKind.SaveHardState, Term = Term, Vote = Vote });

    private void ObserveIfChanged((Role Role, Term Term, NodeId Leader) before)
    {
        if (before != (Role, Term, Leader))
        {
            Effects.Add(
                new Effect { Kind = EffectKind.ObserveRole, Role = Role, Term = Term, Leader = Leader });
            Leadership.Transfer.Watch.LeaderChanged();
        }
    }
}
