using System.Reflection;

namespace Ikada.Consensus.Tests.Replicating;

/// <summary>Each invariant that a node checks around every step, broken on purpose in the middle of
/// one.</summary>
public sealed class StepInvariantsCatch
{
    private static readonly Dictionary<string, Breach> AtLeader = new()
    {
        ["a term that falls"] = new(state => Set(state, "Term", new Term(1)), "term fell from 2 to 1"),
        ["a vote that changes"] = new(
            state => Set(state, "Vote", Make.Id(2)), "the vote of term 2 changed from"),
        ["a commit index that falls"] = new(
            state => Set(state, "Commit", new LogIndex(1)), "commit fell from 3 to 1"),
        ["a commit index beyond the log"] = new(
            state => Set(state, "Commit", new LogIndex(99)), "commit 99 passed"),
        ["a durable index beyond the log"] = new(
            state => state.Durable = new LogIndex(99), "durable 99 passed"),
        ["a leader's log that is cut"] = new(Cut, "a leader's log was cut from 2/5 to 2/4"),
        ["a base beyond commit"] = new(
            state => state.Log.CompactTo(Make.At(2, 5), state.Log.Membership), "the log's base moved from"),
        ["a leader that follows another"] = new(state => Set(state, "Leader", Make.Id(3)), "but follows"),
        ["a leader of another term than it was elected for"] = new(
            state => Set(state, "Term", new Term(7)), "a leader of term 2 leads 7 without an election"),
        ["a match that falls"] = new(
            state => Set(PeerOf(state), "Match", new LogIndex(1)), "match fell from 3 to 1"),
        ["a match beyond the log"] = new(
            state => PeerOf(state).Acknowledge(new LogIndex(9), default),
            "match 9, next 10, the log ends at"),
        ["a match that is not below next"] = new(
            state => Set(PeerOf(state), "Next", new LogIndex(3)), "match 3, next 3"),
        ["more in flight than the bound"] = new(Flood, "65 messages on their way"),
        ["a snapshot on its way to a peer that gets entries"] = new(
            state => PeerOf(state).SnapshotStarted(new LogIndex(2)), "snapshot 2 in Replicate"),
        ["a snapshot of what is not committed"] = new(
            state =>
            {
                PeerOf(state).AskForSnapshot();
                PeerOf(state).SnapshotStarted(new LogIndex(5));
            },
            "snapshot 5 in Snapshot, commit 3"),
        ["two open changes of membership"] = new(
            state =>
            {
                Append(state, NodeSetup.VotersOf(4));
                Append(state, NodeSetup.VotersOf(5));
            },
            "2 membership changes are not committed"),
        ["memberships whose majorities need not meet"] = new(
            state => Append(state, NodeSetup.VotersOf(5)), "need not meet: 3 and 5 voters"),
        ["a joint membership that leaves another set"] = new(
            state => Append(state, NodeSetup.MembershipOf([1, 2, 3], [1, 2])), "need not meet"),
        ["a message above the durable term"] = new(
            state => Send(state, MessageType.Heartbeat, term: 9),
            "Heartbeat to 2 shows term 9, on the disk is 2"),
        ["a vote that is not on the disk"] = new(
            state => Send(state, MessageType.VoteReply, term: 2),
            "a vote for 2 leaves, on the disk is one for"),
    };

    private static readonly Dictionary<string, Breach> AtFollower = new()
    {
        ["an acknowledgement of what is not durable"] = new(
            state => Send(state, MessageType.AppendReply, term: 2, index: 4), "4 acknowledged, durable is 3"),
        ["an acknowledgement while a snapshot is installed"] = new(
            state =>
            {
                state.Installing = Make.At(2, 3);
                Send(state, MessageType.AppendReply, term: 2, index: 3);
            },
            "installing 2/3"),
        ["a log that ends above the own term"] = new(
            state => state.Log.Append(new EntryHeader(default, EntryKind.Empty, 0), new Term(9)),
            "the log ends in term 9, above the own term 2"),
        ["a durable term above the own"] = new(
            state => state.Outbox.Saved(new HardState(new Term(9), default, default)),
            "term 9 is on the disk"),
        ["a durable vote that is another than the own"] = new(
            state => state.Outbox.Saved(new HardState(new Term(2), Make.Id(3), default)), "is 3 on the disk"),
        ["a log cut below commit"] = new(
            state =>
            {
                state.Log.TruncateFrom(new LogIndex(2));
                state.Durable = new LogIndex(1);
            },
            "commit 2 passed the end of the log"),
        ["a candidate that installs a snapshot"] = new(
            state =>
            {
                state.BecomePreCandidate();
                state.Installing = Make.At(2, 2);
            },
            "installs 2/2"),
    };

    public static TheoryData<string> LeaderBreaks => [.. AtLeader.Keys];

    public static TheoryData<string> FollowerBreaks => [.. AtFollower.Keys];

    [Theory]
    [MemberData(nameof(LeaderBreaks))]
    public void At_a_leader(string what)
    {
        var leader = Make.LeaderInTouch(size: 3, term: 2, 1, 1);
        leader.Propose("a", "b");
        Catches(leader, AtLeader[what]);
    }

    [Theory]
    [MemberData(nameof(FollowerBreaks))]
    public void At_a_follower(string what)
    {
        var node = Make.Follower(size: 3, term: 2, 1, 1, 1);
        node.Receive(Make.Append(from: 2, term: 2, Make.At(1, 2), commit: 2));
        Assert.Equal(2ul, node.Commit);
        Catches(node, AtFollower[what]);
    }

    [Fact]
    public void An_entry_of_an_earlier_term_committed_by_counting()
    {
        var leader = Make.Leader(size: 3, term: 3, 1, 2);

        Catches(leader, new(
            state => Set(state, "Commit", new LogIndex(2)), "2 of term 2 was committed by counting in 3"));
    }

    [Fact]
    public void A_candidate_that_is_no_voter()
    {
        var membership = NodeSetup.MembershipOf([2, 3], learners: [1]);
        var learner = new TestNode(new NodeSetup { Membership = membership });

        Catches(learner, new(state => state.BecomePreCandidate(), "a PreCandidate of term 0 is no voter"));
    }

    [Theory]
    [InlineData(Role.Follower, Role.Leader)]
    [InlineData(Role.PreCandidate, Role.Leader)]
    [InlineData(Role.Leader, Role.PreCandidate)]
    [InlineData(Role.Leader, Role.Candidate)]
    [InlineData(Role.Leader, Role.Leader)]
    [Covers("StateTransition")]
    public void Roles_that_do_not_follow_each_other(Role from, Role to) =>
        Assert.Throws<InvariantException>(() => StepInvariants.CheckTransition(from, to, new Term(3)));

    [Theory]
    [InlineData(Role.Follower, Role.Follower)]
    [InlineData(Role.Follower, Role.PreCandidate)]
    [InlineData(Role.Follower, Role.Candidate)]
    [InlineData(Role.PreCandidate, Role.Follower)]
    [InlineData(Role.PreCandidate, Role.PreCandidate)]
    [InlineData(Role.PreCandidate, Role.Candidate)]
    [InlineData(Role.Candidate, Role.Follower)]
    [InlineData(Role.Candidate, Role.PreCandidate)]
    [InlineData(Role.Candidate, Role.Candidate)]
    [InlineData(Role.Candidate, Role.Leader)]
    [InlineData(Role.Leader, Role.Follower)]
    public void Roles_that_follow_each_other_are_let_through(Role from, Role to) =>
        StepInvariants.CheckTransition(from, to, new Term(3));

    [Fact]
    public void A_second_vote_in_a_term()
    {
        var state = Make.Follower(size: 3, term: 2).Core.State;
        state.GrantVote(Make.Id(2));

        Assert.Throws<InvariantException>(() => state.GrantVote(Make.Id(3)));
    }

    [Fact]
    public void Terms_that_fall_along_the_log()
    {
        var view = new LogView(Make.At(3, 7), NodeSetup.VotersOf(3));

        var caught = Assert.Throws<InvariantException>(
            () => view.Append(new EntryHeader(default, EntryKind.Empty, 0), new Term(2)));
        Assert.Contains("term 2 of a new entry lies below 3", caught.Message, StringComparison.Ordinal);
    }

    private static void Catches(TestNode node, Breach breach)
    {
        var state = node.Core.State;
        state.Effects.Clear();
        var invariants = new StepInvariants(state);
        invariants.Before();
        invariants.After();
        invariants.Before();
        breach.Break(state);

        var caught = Assert.Throws<InvariantException>(invariants.After);
        Assert.Contains(breach.Message, caught.Message, StringComparison.Ordinal);
    }

    private static Progress PeerOf(ConsensusState state) => state.Leadership.Find(Make.Id(2))!;

    private static void Cut(ConsensusState state)
    {
        state.Log.TruncateFrom(new LogIndex(5));
        state.Durable = new LogIndex(4);
    }

    private static void Flood(ConsensusState state)
    {
        while (PeerOf(state).Inflight.Count <= 64)
        {
            PeerOf(state).Inflight.Add(new LogIndex(5), 1);
        }
    }

    private static void Append(ConsensusState state, Membership membership) =>
        state.Log.Append(new EntryHeader(default, EntryKind.Membership, 0, membership), state.Term);

    private static void Send(ConsensusState state, MessageType type, ulong term, ulong index = 0) =>
        state.Effects.Send(new Message
        {
            Type = type, From = state.Self, To = Make.Id(2), Term = new Term(term),
            Position = new LogPosition(new LogIndex(index), default),
        });

    private static void Set(object target, string property, object value) =>
        target.GetType().GetProperty(property, BindingFlags.Instance | BindingFlags.Public)!
            .SetValue(target, value);

    private sealed record Breach(Action<ConsensusState> Break, string Message);
}
