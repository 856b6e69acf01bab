namespace Ikada.Consensus.Tests.Snapshots;

/// <summary>A follower that receives a snapshot (§7).</summary>
public sealed class InstallingSnapshots
{
    [Fact]
    [Covers("Restore")]
    public void A_snapshot_sets_log_commit_and_membership_and_is_acknowledged_once_it_is_in_force()
    {
        var node = Make.Follower(size: 3, term: 1, 1, 1);
        node.HoldsDisk = true;
        var snapshot = SnapshotOf(NodeSetup.VotersOf(5), 1, 1, 1, 2, 2);

        node.Receive(from: 2, term: 2, snapshot);

        var install = Assert.Single(node.LastEffects, each => each.Kind == EffectKind.InstallSnapshot);
        Assert.False(install.KeepsTail);
        Assert.Same(snapshot.Membership, install.Membership);
        Assert.Equal((Make.At(2, 5), 5ul), (node.Core.Last, node.Commit));
        Assert.Equal(5, node.Core.Membership.Voters.Length);
        Assert.Empty(node.TakeSent(MessageType.AppendReply));
        node.FlushDisk();
        Assert.Equal(5ul, Assert.Single(node.TakeSent(MessageType.AppendReply)).Message.Position.Index.Value);
        Assert.Equal(5ul, node.Core.Durable.Value);
    }

    // The simulator's seed 12001800: the acknowledgement waited for the term to be durable.
    [Fact]
    public void An_acknowledgement_that_waits_for_the_term_does_not_leave_while_a_snapshot_is_put_in_force()
    {
        var node = Make.Follower(size: 3, term: 1, 1, 1);
        node.HoldsDisk = true;
        node.Receive(Make.Append(from: 2, term: 2, Make.At(1, 2), commit: 0));
        node.Receive(from: 2, term: 2, SnapshotOf(NodeSetup.VotersOf(3), 1, 1, 1, 2, 2));

        node.FlushOne();
        Assert.Equal(2ul, node.Core.DurableHardState.Term.Value);
        Assert.Empty(node.TakeSent(MessageType.AppendReply));

        node.FlushDisk();
        Assert.Equal(5ul, Assert.Single(node.TakeSent(MessageType.AppendReply)).Message.Position.Index.Value);
    }

    [Fact]
    [Covers("RestoreFromSnapMsg")]
    public void A_snapshot_makes_its_sender_the_leader_known()
    {
        var node = Make.Follower(size: 3, term: 1);

        node.Receive(from: 2, term: 3, SnapshotOf(NodeSetup.VotersOf(3), 1, 1));

        Assert.Equal((2, 3ul), (node.Leader, node.Term));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [Covers(
        "RestoreIgnoreSnapshot",
        Note = "At or below commit it is dropped, and commit acknowledged; above it, it is "
        + "installed even where the log holds its last entry, which then keeps its tail.")]
    public void A_snapshot_at_or_below_commit_is_dropped_and_commit_acknowledged(int length)
    {
        var node = Make.Follower(size: 3, term: 1, 1, 1, 1, 1);
        node.Receive(Make.Append(from: 2, term: 1, Make.At(1, 3), commit: 3));
        node.Sent.Clear();

        ulong[] terms = [.. Enumerable.Repeat(1ul, length)];
        node.Receive(from: 2, term: 1, SnapshotOf(NodeSetup.VotersOf(5), terms));

        Assert.Equal([EffectKind.DropSnapshot], node.LastEffects.Select(each => each.Kind).Take(1));
        Assert.DoesNotContain(node.LastEffects, each => each.Kind == EffectKind.InstallSnapshot);
        Assert.Equal(3ul, Assert.Single(node.TakeSent(MessageType.AppendReply)).Message.Position.Index.Value);
        Assert.Equal((Make.At(1, 4), 3ul), (node.Core.Last, node.Commit));
        Assert.Equal(3, node.Core.Membership.Voters.Length);
    }

    [Fact]
    public void A_log_that_holds_the_snapshots_last_entry_keeps_its_tail_and_the_memberships_in_it()
    {
        var entries = TestEntry.OfTerms(1, 1, 1, 1, 1, 1);
        entries[3] = TestEntry.Of(1, NodeSetup.VotersOf(4));
        var node = new TestNode(new NodeSetup { Term = 1, Log = entries });
        node.HoldsDisk = true;

        node.Receive(from: 2, term: 1, new TestSnapshot(Make.At(1, 3), NodeSetup.VotersOf(3), entries[..3]));

        var install = Assert.Single(node.LastEffects, each => each.Kind == EffectKind.InstallSnapshot);
        Assert.True(install.KeepsTail);
        Assert.Equal((Make.At(1, 5), 3ul), (node.Core.Last, node.Commit));
        Assert.Equal(4, node.Core.Membership.Voters.Length);
        node.FlushDisk();
        Assert.Equal(entries, node.Disk.Log);
        // What follows the snapshot is durable, but nobody vouched for it yet.
        Assert.Equal(3ul, Assert.Single(node.TakeSent(MessageType.AppendReply)).Message.Position.Index.Value);
        node.Restart(seed: 9);
        Assert.Equal(4, node.Core.Membership.Voters.Length);
    }

    [Fact]
    public void A_log_that_contradicts_the_snapshot_is_dropped_whole_and_its_writes_count_no_more()
    {
        var node = Make.Follower(size: 3, term: 1);
        node.HoldsDisk = true;
        node.Receive(Make.Append(from: 2, term: 1, default, 4), TestEntry.OfTerms(1, 1, 1, 1, 1));
        var generation = Assert.Single(
            node.LastEffects, each => each.Kind == EffectKind.AppendToLog).Generation;

        node.Receive(from: 3, term: 2, SnapshotOf(NodeSetup.VotersOf(3), 1, 2, 2));
        node.Step(Input.LogFlushed(node.Now, Make.At(1, 4), generation));

        Assert.Equal(Make.At(2, 3), node.Core.Last);
        Assert.Equal(0ul, node.Core.Durable.Value);
        node.FlushDisk();
        Assert.Equal(3ul, node.Core.Durable.Value);
        Assert.Equal([1ul, 2ul, 2ul], node.Disk.Log.Select(entry => entry.Term));
    }

    [Fact]
    [Covers("RestoreWithLearner")]
    public void Learners_of_the_snapshot_are_learners()
    {
        var node = Make.Follower(size: 2, term: 1);

        node.Receive(from: 2, term: 1, SnapshotOf(NodeSetup.MembershipOf([1, 2], learners: [3]), 1, 1));

        Assert.True(node.Core.Membership.IsLearner(Make.Id(3)));
        Assert.True(node.Core.Membership.IsVoter(Make.Id(1)));
    }

    [Fact]
    [Covers("RestoreWithVotersOutgoing")]
    public void A_joint_membership_of_the_snapshot_is_joint()
    {
        var node = Make.Follower(size: 3, term: 1);

        node.Receive(from: 2, term: 1, SnapshotOf(NodeSetup.MembershipOf([2, 3, 4], [1, 2, 3]), 1, 1));

        Assert.True(node.Core.Membership.IsJoint);
        Assert.Equal([1ul, 2ul, 3ul], node.Core.Membership.OutgoingVoters.ToArray().Select(id => id.Value));
    }

    [Fact]
    [Covers("RestoreVoterToLearner")]
    public void A_snapshot_may_make_a_voter_a_learner()
    {
        var node = Make.Follower(size: 3, term: 1);

        node.Receive(from: 2, term: 1, SnapshotOf(NodeSetup.MembershipOf([2, 3], learners: [1]), 1, 1));
        node.Closed(2);
        node.PassDeadline();
        node.PassDeadline();

        Assert.True(node.Core.Membership.IsLearner(node.Id));
        Assert.Equal(Role.Follower, node.Role);
    }

    [Fact]
    [Covers("RestoreLearnerPromotion", "LearnerReceiveSnapshot")]
    public void A_learner_installs_a_snapshot_that_may_make_it_a_voter()
    {
        var node = new TestNode(new NodeSetup { Membership = NodeSetup.MembershipOf([2, 3], learners: [1]) });
        node.PassDeadline();
        Assert.Equal(Role.Follower, node.Role);

        node.Receive(from: 2, term: 1, SnapshotOf(NodeSetup.VotersOf(3), 1, 1));
        Assert.Equal(2ul, node.Commit);
        node.Closed(2);
        node.PassDeadline();

        Assert.Equal(Role.PreCandidate, node.Role);
    }

    [Fact]
    public void While_one_is_installed_appends_are_neither_taken_nor_refused_and_heartbeats_are_answered()
    {
        var node = Installing();

        node.Receive(Make.Append(from: 2, term: 2, Make.At(2, 3), 1), new TestEntry(2, "next"));
        node.Receive(Make.Append(from: 2, term: 2, Make.At(2, 9)));
        Assert.Empty(node.TakeSent(MessageType.AppendReply));
        node.Receive(Make.Heartbeat(from: 2, term: 2, round: 7));
        Assert.Equal(7ul, Assert.Single(node.TakeSent(MessageType.HeartbeatReply)).Message.Round);
        node.FlushDisk();

        Assert.Equal(3ul, Assert.Single(node.TakeSent(MessageType.AppendReply)).Message.Position.Index.Value);
        node.Receive(Make.Append(from: 2, term: 2, Make.At(2, 3), 1), new TestEntry(2, "next"));
        node.FlushDisk();
        Assert.Equal(4ul, Assert.Single(node.TakeSent(MessageType.AppendReply)).Message.Position.Index.Value);
    }

    [Fact]
    public void While_one_is_being_installed_another_is_dropped()
    {
        var node = Installing();

        node.Receive(from: 2, term: 2, SnapshotOf(NodeSetup.VotersOf(3), 1, 2, 2, 2, 2));

        Assert.Equal([EffectKind.DropSnapshot], node.LastEffects.Select(each => each.Kind));
        Assert.Equal(Make.At(2, 3), node.Core.Last);
        Assert.Empty(node.TakeSent(MessageType.AppendReply));
    }

    [Fact]
    public void While_one_is_being_installed_the_node_does_not_campaign()
    {
        var node = Installing();
        node.Closed(2);

        node.PassDeadline();
        Assert.Equal(Role.Follower, node.Role);
        node.FlushDisk();
        node.PassDeadline();

        Assert.Equal(Role.PreCandidate, node.Role);
    }

    [Fact]
    public void One_installed_after_the_leader_changed_is_acknowledged_to_the_new_one()
    {
        var node = Installing();
        node.Receive(Make.Heartbeat(from: 3, term: 3));
        node.Sent.Clear();
        node.FlushDisk();

        var reply = Assert.Single(node.TakeSent(MessageType.AppendReply)).Message;
        Assert.Equal((Make.Id(3), 3ul), (reply.To, reply.Position.Index.Value));
    }

    [Fact]
    public void A_snapshot_of_a_deposed_leader_is_dropped_and_its_sender_told_the_term()
    {
        var node = Make.Follower(size: 3, term: 5);

        node.Receive(from: 2, term: 4, SnapshotOf(NodeSetup.VotersOf(3), 1, 1));

        Assert.Contains(node.LastEffects, each => each.Kind == EffectKind.DropSnapshot);
        var reply = Assert.Single(node.TakeSent(MessageType.AppendReply)).Message;
        Assert.Equal((true, 5ul), (reply.Reject, reply.Term.Value));
        Assert.Equal(default, node.Core.Last);
    }

    [Fact]
    public void A_candidate_that_gets_a_snapshot_of_its_term_follows_its_sender()
    {
        var node = Make.Candidate(size: 3, term: 2);

        node.Receive(from: 2, term: 2, SnapshotOf(NodeSetup.VotersOf(3), 1, 1));

        Assert.Equal((Role.Follower, 2, 2ul), (node.Role, node.Leader, node.Commit));
    }

    [Fact]
    public void A_crash_in_the_middle_finds_the_old_log()
    {
        var node = Installing();

        node.Restart(seed: 3);

        Assert.Equal(Make.At(1, 2), node.Core.Last);
        Assert.Equal(0ul, node.Commit);
    }

    [Fact]
    [Covers("RestartFromSnapshot")]
    public void A_node_starts_from_a_snapshot_and_the_entries_after_it()
    {
        var node = Make.Follower(size: 3, term: 2, 1, 1, 2, 2);
        node.Receive(Make.Append(from: 2, term: 2, Make.At(2, 4), commit: 4));
        node.Compact(3);

        node.Restart(seed: 3);

        Assert.Equal((Make.At(2, 4), 4ul, 4ul), (node.Core.Last, node.Commit, node.Core.Durable.Value));
        Assert.True(node.Core.Holds(Make.At(2, 3)));
        Assert.False(node.Core.Holds(Make.At(1, 2)));
    }

    [Fact]
    public void What_is_not_what_was_asked_for_is_not_taken_as_installed()
    {
        var node = Installing();

        Assert.Throws<InvariantException>(
            () => node.Step(Input.SnapshotInstalled(node.Now, Make.At(2, 4))));
    }

    private static TestNode Installing()
    {
        var node = Make.Follower(size: 3, term: 1, 1, 1);
        node.Receive(Make.Heartbeat(from: 2, term: 2));
        node.HoldsDisk = true;
        node.Receive(from: 2, term: 2, SnapshotOf(NodeSetup.VotersOf(3), 1, 2, 2));
        node.Sent.Clear();
        return node;
    }

    private static TestSnapshot SnapshotOf(Membership membership, params ulong[] terms) =>
        new(Make.At(terms[^1], (ulong)terms.Length), membership, TestEntry.OfTerms(1, terms));
}
