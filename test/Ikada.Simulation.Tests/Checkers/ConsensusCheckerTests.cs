using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Checkers;

namespace Ikada.Simulation.Tests.Checkers;

/// <summary>Each checker is fed a history that breaks its property: it must fire, and not before.</summary>
public sealed class ConsensusCheckerTests
{
    [Fact]
    public void Two_leaders_of_one_term_are_found()
    {
        var checker = new ElectionSafety();
        checker.Leads(0, 3);
        checker.Leads(0, 3);
        checker.Leads(1, 4);
        Fires(ElectionSafety.Property, () => checker.Leads(1, 3));
    }

    [Fact]
    public void A_leader_that_drops_entries_is_found()
    {
        LeaderAppendOnly.Truncated(0, 2, lastBefore: 7, kept: 7);
        Fires(LeaderAppendOnly.Property, () => LeaderAppendOnly.Truncated(0, 2, lastBefore: 7, kept: 6));
    }

    [Fact]
    public void Two_entries_of_one_index_and_term_are_found()
    {
        var checker = new LogMatching();
        var (one, other) = (LogOf((1, 10), (1, 11)), LogOf((1, 10), (1, 12)));
        checker.Holds(0, "log", 1, one.At(1));
        checker.Holds(0, "log", 2, one.At(2));
        checker.Holds(1, "log", 1, other.At(1));
        Fires(LogMatching.Property, () => checker.Holds(1, "log", 2, other.At(2)));
    }

    [Fact]
    public void Equal_entries_after_different_histories_are_found()
    {
        var checker = new LogMatching();
        var (one, other) = (LogOf((1, 10), (3, 30)), LogOf((2, 20), (3, 30)));
        foreach (var log in new[] { one, other })
        {
            checker.Holds(0, "log", 1, log.At(1));
        }

        checker.Holds(0, "log", 2, one.At(2));
        Fires(LogMatching.Property, () => checker.Holds(1, "log", 2, other.At(2)));
    }

    [Fact]
    public void A_message_with_an_entry_that_no_log_holds_is_found()
    {
        var checker = new LogMatching();
        checker.Holds(0, "log", 1, LogOf((1, 10)).At(1));
        checker.Carries(0, 1, 1, 10);
        Fires(LogMatching.Property, () => checker.Carries(0, 1, 1, 11));
    }

    [Fact]
    public void A_leader_without_a_committed_entry_is_found()
    {
        var committed = new CommittedLog();
        committed.Commits(0, LogOf((1, 10), (2, 20)), 2);
        LeaderCompleteness.Elected(1, 3, LogOf((1, 10), (2, 20), (2, 21)), committed);
        // Elected before the commit, though its votes came late.
        LeaderCompleteness.Elected(1, 2, LogOf((1, 10)), committed);
        Fires(LeaderCompleteness.Property, () => LeaderCompleteness.Elected(1, 3, LogOf((1, 10)), committed));
        Fires(LeaderCompleteness.Property, () => LeaderCompleteness.Elected(1, 3, LogOf((1, 10), (1, 20)),
            committed));
    }

    [Fact]
    public void Committed_entries_that_conflict_are_found()
    {
        var committed = new CommittedLog();
        committed.Commits(0, LogOf((1, 10), (1, 11)), 2);
        committed.Commits(1, LogOf((1, 10)), 1);
        Fires(CommittedLog.Property, () => committed.Commits(1, LogOf((1, 10), (2, 11)), 2));
        Fires(CommittedLog.Property, () => committed.Commits(1, LogOf((1, 10)), 2));
    }

    [Fact]
    public void A_commit_that_is_durable_on_a_minority_is_found()
    {
        var chain = LogOf((1, 10)).ChainAt(1);
        NodeView[] half = [View(0, (1, 10)), View(1, (1, 10)), View(2)];
        CommitDurability.Commits(0, 1, chain, [MembershipRuleTests.Of([1, 2, 3])], half);
        Fires(
            CommitDurability.Property,
            () => CommitDurability.Commits(0, 1, chain, [MembershipRuleTests.Of([1, 2, 3])],
                [View(0, (1, 10)), View(1), View(2)]));
        Fires(
            CommitDurability.Property,
            () => CommitDurability.Commits(0, 1, chain, [MembershipRuleTests.Of([1, 2, 3])],
                [View(0, (1, 10)), View(1, (2, 10)), View(2)]));
    }

    [Fact]
    public void A_commit_that_is_durable_on_a_majority_of_one_half_only_is_found()
    {
        var chain = LogOf((1, 10)).ChainAt(1);
        NodeView[] views = [View(0, (1, 10)), View(1, (1, 10)), View(2)];
        CommitDurability.Commits(0, 1, chain, [MembershipRuleTests.Of([1, 2], outgoing: [1, 2, 3])], views);
        Fires(
            CommitDurability.Property,
            () => CommitDurability.Commits(
                0, 1, chain, [MembershipRuleTests.Of([1, 3], outgoing: [1, 2, 3])], views));
    }

    [Fact]
    public void A_commit_that_counts_another_directory_than_the_bound_one_is_found()
    {
        var chain = LogOf((1, 10)).ChainAt(1);
        NodeView[] views = [View(0, (1, 10)), View(1, (1, 10)), View(2)];
        var bound = MembershipRuleTests.Of([1, 2, 3], incarnation: new Incarnation(7));
        foreach (var view in views)
        {
            view.Incarnation = new Incarnation(7);
        }

        CommitDurability.Commits(0, 1, chain, [bound], views);
        // What the bound directory held when it was lost counts; what the next one holds does not.
        views[1].Wipe();
        CommitDurability.Commits(0, 1, chain, [bound], views);
        views[2].Incarnation = new Incarnation(8);
        views[2].Durable.Append(1, 10, EntryKind.Command);
        views[0].Incarnation = new Incarnation(9);
        Fires(CommitDurability.Property, () => CommitDurability.Commits(0, 1, chain, [bound], views));
    }

    [Fact]
    public void A_commit_of_an_older_term_or_by_a_follower_is_found()
    {
        var leader = Status(5, 5, 5) with { Role = Role.Leader };
        var follower = Status(6, 5, 5);
        CommitRule.Commits(0, follower, leader, term: 5);
        CommitRule.Commits(0, leader, follower, term: 5);
        Fires(CommitRule.Property, () => CommitRule.Commits(0, leader, leader, term: 4));
        Fires(CommitRule.Property, () => CommitRule.Commits(0, follower, follower, term: 6));
    }

    [Theory]
    [InlineData(4, 5, 5)]
    [InlineData(5, 4, 5)]
    [InlineData(5, 5, 4)]
    public void A_term_commit_or_applied_index_that_falls_is_found(ulong term, ulong commit, ulong applied)
    {
        var before = Status(5, 5, 5);
        Monotonicity.Steps(0, before, before);
        Fires(Monotonicity.Property, () => Monotonicity.Steps(0, before, Status(term, commit, applied)));
    }

    [Fact]
    public void An_index_beyond_its_bound_is_found()
    {
        Fires(Monotonicity.OrderProperty, () => Monotonicity.Steps(0, default, Status(1, commit: 3,
            applied: 4)));
        Fires(Monotonicity.OrderProperty, () => Monotonicity.Steps(0, default, Status(1, commit: 99,
            applied: 1)));
        Fires(
            Monotonicity.OrderProperty,
            () => Monotonicity.Steps(0, default, Status(1, 5, 5) with { Durable = new LogIndex(4) }));
    }

    [Fact]
    public void A_term_forgotten_over_a_restart_is_found()
    {
        Monotonicity.Restarts(0, 5, Status(5, 0, 0));
        Fires(Monotonicity.Property, () => Monotonicity.Restarts(0, 6, Status(5, 0, 0)));
        Fires(Monotonicity.Property, () => Monotonicity.Saves(0, 6, 5));
    }

    [Fact]
    public void A_second_vote_in_a_term_is_found()
    {
        var checker = new OneVotePerTerm();
        checker.Durable(0, 0, 3, NodeId.None);
        checker.Durable(0, 0, 3, new NodeId(2));
        checker.Durable(1, 0, 3, new NodeId(1));
        checker.Durable(0, 0, 4, new NodeId(1));
        // A wiped directory remembers nothing: it votes under another incarnation.
        checker.Durable(0, 1, 3, new NodeId(1));
        Fires(OneVotePerTerm.Property, () => checker.Durable(0, 0, 3, new NodeId(1)));
    }

    [Fact]
    public void A_log_whose_terms_fall_is_found()
    {
        LogTerms.Follows(0, 2, before: 3, term: 3, current: 4);
        Fires(LogTerms.Property, () => LogTerms.Follows(0, 2, before: 3, term: 2, current: 4));
        Fires(LogTerms.Property, () => LogTerms.Follows(0, 2, before: 3, term: 5, current: 4));
    }

    [Fact]
    public void A_message_of_a_term_that_is_not_durable_is_found()
    {
        MessageTerms.Leaves(0, new Message { Type = MessageType.Vote, Term = new Term(3) }, 3);
        MessageTerms.Leaves(0, new Message { Type = MessageType.PreVote, Term = new Term(4) }, 3);
        Fires(
            MessageTerms.Property,
            () => MessageTerms.Leaves(0, new Message { Type = MessageType.Heartbeat, Term = new Term(4) },
                3));
    }

    [Fact]
    public void An_acknowledgement_before_its_sync_is_found()
    {
        var reply = Ack(2);
        DurableBeforeSend.Acknowledges(0, reply, LogOf((1, 10), (1, 11)), null);
        Fires(DurableBeforeSend.Property, () => DurableBeforeSend.Acknowledges(0, reply, LogOf((1, 10)),
            null));
    }

    [Fact]
    public void An_acknowledgement_of_entries_that_are_not_the_leaders_is_found()
    {
        var mine = LogOf((1, 10), (1, 11));
        DurableBeforeSend.Acknowledges(0, Ack(2), mine, LogOf((1, 10), (1, 11), (1, 12)));
        Fires(
            DurableBeforeSend.Property,
            () => DurableBeforeSend.Acknowledges(0, Ack(2), mine, LogOf((1, 10), (2, 11))));
    }

    [Fact]
    public void A_vote_that_is_not_on_the_disk_is_found()
    {
        var reply = new Message { Type = MessageType.VoteReply, Term = new Term(3), To = new NodeId(2) };
        DurableBeforeSend.Votes(0, reply, reply.To, new NodeId(2));
        Fires(DurableBeforeSend.Property, () => DurableBeforeSend.Votes(0, reply, reply.To, NodeId.None));
        Fires(DurableBeforeSend.Property, () => DurableBeforeSend.Votes(0, reply, reply.To, new NodeId(3)));
    }

    [Fact]
    public void Different_states_at_one_index_are_found()
    {
        var checker = new StateHashes();
        checker.Stands(0, 5, 0xA);
        checker.Stands(1, 5, 0xA);
        Fires(StateHashes.Property, () => checker.Stands(2, 5, 0xB));
    }

    internal static void Fires(string property, Action action) =>
        Assert.Equal(property, Assert.Throws<PropertyViolatedException>(action).Property);

    internal static LogMirror LogOf(params (int Term, int Checksum)[] entries)
    {
        var log = new LogMirror();
        foreach (var (term, checksum) in entries)
        {
            log.Append((ulong)term, (uint)checksum, EntryKind.Command);
        }

        return log;
    }

    private static NodeView View(int node, params (int Term, int Checksum)[] entries)
    {
        var view = new NodeView(node, Membership.Empty);
        foreach (var (term, checksum) in entries)
        {
            view.Durable.Append((ulong)term, (uint)checksum, EntryKind.Command);
        }

        return view;
    }

    private static Message Ack(ulong index) => new()
    {
        Type = MessageType.AppendReply, Position = new LogPosition(new LogIndex(index), default),
        To = new NodeId(2),
    };

    private static ReplicaStatus Status(ulong term, ulong commit, ulong applied) => new(
        new NodeId(1), Role.Follower, new Term(term), NodeId.None, new LogIndex(commit),
            new LogIndex(applied),
        new LogPosition(new LogIndex(9), new Term(1)), new LogIndex(9));
}
