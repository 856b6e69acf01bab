using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Checkers;
using static Ikada.Simulation.Tests.Checkers.ConsensusCheckerTests;

namespace Ikada.Simulation.Tests.Checkers;

/// <summary>Planted bugs in votes, roles, match indexes and in leaders that hear nobody: each must be
/// found.</summary>
public sealed class ProtocolCheckerTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Tenth = TimeSpan.FromSeconds(0.1);

    [Theory]
    [InlineData(3, 2, false)]
    [InlineData(2, 2, false)]
    [InlineData(2, 3, false)]
    [InlineData(9, 1, true)]
    [InlineData(1, 2, true)]
    public void A_vote_for_a_log_that_is_behind_is_found(ulong lastIndex, ulong lastTerm, bool isBehind)
    {
        var votes = new UpToDateVotes(2);
        var (log, status) = (LogOf((1, 10), (2, 11)), Status(Role.Follower, 5));
        votes.Asks(1, Message(MessageType.Vote, 5) with { Position = At(lastIndex, lastTerm) });
        var reply = Message(MessageType.VoteReply, 5) with { To = new NodeId(2) };
        void Grant() => votes.Grants(0, reply, status, log);
        if (isBehind)
        {
            Fires(UpToDateVotes.Property, Grant);
        }
        else
        {
            Grant();
        }
    }

    [Fact]
    public void What_a_leader_appended_after_the_vote_does_not_count()
    {
        var votes = new UpToDateVotes(2);
        votes.Asks(1, Message(MessageType.Vote, 5) with { Position = At(1, 1) });
        var reply = Message(MessageType.VoteReply, 5) with { To = new NodeId(2) };
        var led = Status(Role.Follower, 5) with { Leader = new NodeId(3) };
        votes.Grants(0, reply, led, LogOf((1, 1), (2, 1)));
        // Nor does a second reply of the term.
        votes.Grants(0, reply, Status(Role.Follower, 5), LogOf((1, 1), (2, 1)));
    }

    [Theory]
    [InlineData(Role.Follower, Role.PreCandidate, 0, true)]
    [InlineData(Role.PreCandidate, Role.Candidate, 1, true)]
    [InlineData(Role.Candidate, Role.Leader, 0, true)]
    [InlineData(Role.Candidate, Role.PreCandidate, 0, true)]
    [InlineData(Role.Leader, Role.Follower, 0, true)]
    [InlineData(Role.Follower, Role.Leader, 1, true)]
    [InlineData(Role.Follower, Role.Candidate, 0, false)]
    [InlineData(Role.PreCandidate, Role.Candidate, 0, false)]
    [InlineData(Role.Leader, Role.Candidate, 0, false)]
    [InlineData(Role.Follower, Role.Leader, 0, false)]
    [InlineData(Role.PreCandidate, Role.Leader, 0, false)]
    public void A_move_between_roles_that_Raft_does_not_know_is_found(
        Role from, Role to, ulong terms, bool isLegal)
    {
        void Step() => RoleChanges.Steps(0, Status(from, 5), Status(to, 5 + terms));
        if (isLegal)
        {
            Step();
        }
        else
        {
            Fires(RoleChanges.Property, Step);
        }
    }

    [Fact]
    public void A_leader_that_names_another_or_a_follower_that_names_itself_is_found()
    {
        var leader = Status(Role.Leader, 5);
        Fires(
            RoleChanges.NameProperty,
            () => RoleChanges.Steps(0, leader, leader with { Leader = new NodeId(2) }));
        Fires(
            RoleChanges.NameProperty,
            () => RoleChanges.Steps(0, leader, Status(Role.Follower, 5) with { Leader = new NodeId(1) }));
    }

    [Fact]
    public void A_match_index_that_falls_is_found()
    {
        var matches = new MatchGrowth(2);
        var peer = new NodeView(1, Membership.Empty);
        matches.Leaves(0, Heartbeat(5, match: 7), 1, peer);
        matches.Leaves(0, Heartbeat(5, match: 7), 1, peer);
        Fires(MatchGrowth.Property, () => matches.Leaves(0, Heartbeat(5, match: 6), 1, peer));
        Fires(MatchGrowth.Property, () => matches.Leaves(0, Heartbeat(5, match: 0), 1, peer));
        // In another leadership, or once the peer was added again, it starts anew.
        matches.Leaves(0, Heartbeat(5, match: 0), 2, peer);
        matches.Leaves(0, Heartbeat(5, match: 8), 2, peer);
        matches.Leaves(0, Heartbeat(5, match: 6), 3, peer);
        matches.Leaves(0, Heartbeat(6, match: 3), 3, peer);
        Fires(MatchGrowth.Property, () => matches.Leaves(0, Heartbeat(6, match: 2), 3, peer));
    }

    [Fact]
    public void The_match_index_of_a_peer_that_lost_its_log_may_fall()
    {
        var matches = new MatchGrowth(2);
        var peer = new NodeView(1, Membership.Empty);
        matches.Leaves(0, Heartbeat(5, match: 7), 1, peer);
        peer.Wipe();
        matches.Leaves(0, Heartbeat(5, match: 7), 1, peer);
        matches.Leaves(0, Heartbeat(5, match: 2), 1, peer);
    }

    [Fact]
    public void A_peer_whose_log_was_injured_may_say_that_it_has_lost_what_it_acknowledged()
    {
        var matches = new MatchGrowth(2);
        var peer = new NodeView(1, Membership.Empty) { WasInjured = true };
        matches.Leaves(0, Heartbeat(5, match: 7), 1, peer);
        matches.Leaves(0, Heartbeat(5, match: 0), 1, peer);
        peer.Durable.Append(5, 0, EntryKind.Command);
        peer.Durable.Append(5, 0, EntryKind.Command);
        peer.Durable.Append(5, 0, EntryKind.Command);
        matches.Leaves(0, Heartbeat(5, match: 4), 1, peer);
        matches.Leaves(0, Heartbeat(5, match: 5), 1, peer);
        Fires(MatchGrowth.Property, () => matches.Leaves(0, Heartbeat(5, match: 4), 1, peer));
        matches.Leaves(0, Heartbeat(5, match: 3), 1, peer);
    }

    [Fact]
    public void A_leader_that_hears_no_majority_and_goes_on_is_found()
    {
        var contact = new QuorumContact(3, Second, Tenth);
        var (three, leader) = (MembershipRuleTests.Of([1, 2, 3]), Status(Role.Leader, 5));
        Lead(contact, leader, three, 0, 0.5);
        contact.Arrives(0, new NodeId(2), Late(0.5));
        Lead(contact, leader, three, 0.5, 1.6);
        Fires(QuorumContact.Property, () => Lead(contact, leader, three, 1.6, 1.85));
        // A leadership or a membership that is new has time to hear of the others.
        contact.Looks(0, Status(Role.Follower, 6), false, three, Late(1.9));
        contact.Looks(0, Status(Role.Leader, 7), false, three, Late(2));
        contact.Looks(0, Status(Role.Leader, 7), false, MembershipRuleTests.Of([1, 2, 3]), Late(3));
    }

    [Fact]
    public void A_leader_that_stood_still_may_look_once_it_goes_on_and_then_must()
    {
        var contact = new QuorumContact(3, Second, Tenth);
        var (three, leader) = (MembershipRuleTests.Of([1, 2, 3]), Status(Role.Leader, 5));
        Lead(contact, leader, three, 0, 0.5);
        Lead(contact, leader, three, 3, 3.15);
        Fires(QuorumContact.Property, () => Lead(contact, leader, three, 3.2, 3.3));
        // Nor does a pause take from the time that a new leader has.
        var later = Status(Role.Leader, 6);
        Lead(contact, later, three, 4, 4.2);
        Lead(contact, later, three, 4.6, 5.1);
    }

    [Fact]
    public void A_leader_that_hears_a_majority_of_one_half_only_is_found()
    {
        var contact = new QuorumContact(5, Second, Tenth);
        var (joint, leader) = (MembershipRuleTests.Of([1, 2], outgoing: [1, 3, 4]), Status(Role.Leader, 5));
        Lead(contact, leader, joint, 0, 1);
        contact.Arrives(0, new NodeId(2), Late(1));
        Fires(QuorumContact.Property, () => Lead(contact, leader, joint, 1.05, 1.35));
        contact.Arrives(0, new NodeId(4), Late(1.35));
        Lead(contact, leader, joint, 1.4, 1.6);
    }

    [Fact]
    public void A_run_that_does_next_to_nothing_is_found()
    {
        Progress.Ended(seconds: 10, done: 70);
        Fires(Progress.Property, () => Progress.Ended(seconds: 10, done: 69));
        Progress.Ended(seconds: 2, done: 0);
    }

    [Fact]
    public void A_leader_that_sleeps_need_hear_nobody_until_it_wakes()
    {
        var contact = new QuorumContact(3, Second, Tenth);
        var (three, leader) = (MembershipRuleTests.Of([1, 2, 3]), Status(Role.Leader, 5));
        Lead(contact, leader, three, 0, 1);
        contact.Looks(0, leader, true, three, Late(1.1));
        contact.Looks(0, leader, true, three, Late(9));
        Lead(contact, leader, three, 9.1, 10.2);
        Fires(QuorumContact.Property, () => Lead(contact, leader, three, 10.2, 10.5));
    }

    // A batch every 50 ms.
    private static void Lead(
        QuorumContact contact, ReplicaStatus leader, Membership membership, double from, double to)
    {
        for (var at = from; at <= to; at += 0.05)
        {
            contact.Looks(0, leader, false, membership, Late(at));
        }
    }

    private static Instant Late(double seconds) => default(Instant) + TimeSpan.FromSeconds(seconds);

    private static LogPosition At(ulong index, ulong term) => new(new LogIndex(index), new Term(term));

    private static Message Message(MessageType type, ulong term) =>
        new() { Type = type, Term = new Term(term) };

    private static Message Heartbeat(ulong term, ulong match) =>
        Message(MessageType.Heartbeat, term) with { To = new NodeId(2), Position = At(match, 0) };

    private static ReplicaStatus Status(Role role, ulong term) => new(
        new NodeId(1), role, new Term(term), role == Role.Leader ? new NodeId(1) : NodeId.None,
        default, default, default, default);
}
