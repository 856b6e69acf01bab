namespace Ikada.Consensus.Tests.Snapshots;

/// <summary>A node whose log is sound, and whose snapshots are all lost.</summary>
public sealed class MissingState
{
    [Fact]
    public void It_votes_and_acknowledges()
    {
        var node = Lost();

        node.Receive(Make.Vote(from: 2, term: 2, Make.At(1, 5)));
        Assert.False(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);
        node.Receive(Make.Append(from: 2, term: 2, Make.At(1, 5), count: 1), new TestEntry(2, "next"));

        Assert.Equal(6ul, Assert.Single(node.TakeSent(MessageType.AppendReply)).Message.Position.Index.Value);
        Assert.True(node.Core.IsStateMissing);
    }

    [Fact]
    public void It_does_not_campaign_not_even_when_the_leader_hands_over()
    {
        var node = Lost();

        node.PassDeadline();
        node.PassDeadline();
        node.Receive(Make.Heartbeat(from: 2, term: 1));
        node.Receive(new Message { Type = MessageType.TimeoutNow, From = Make.Id(2), Term = new Term(1) });

        Assert.Equal((Role.Follower, 1ul), (node.Role, node.Term));
        Assert.Empty(node.TakeSent(MessageType.PreVote));
        Assert.Empty(node.TakeSent(MessageType.Vote));
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(4, true)]
    [InlineData(7, false)]
    public void It_installs_one_of_anybody_that_reaches_its_log_though_all_of_that_is_committed(
        int length, bool keepsTail)
    {
        var node = Lost(commit: 5);
        node.Receive(Make.Heartbeat(from: 2, term: 1));
        node.Sent.Clear();

        node.Receive(from: 3, term: 0, SnapshotOf([.. Enumerable.Repeat(1ul, length)]));

        var install = Assert.Single(
            node.LastEffects, each => each.Kind == EffectKind.InstallSnapshot);
        Assert.Equal(keepsTail, install.KeepsTail);
        Assert.Equal(((ulong)length, (ulong)Math.Max(5, length)),
            (node.Core.Base.Index.Value, node.Core.Last.Index.Value));
        Assert.False(node.Core.IsStateMissing);
        // Whoever sent it does not lead for that.
        Assert.Equal(2, node.Leader);
        var acknowledged = Assert.Single(node.TakeSent(MessageType.AppendReply)).Message;
        Assert.Equal((Make.Id(2), (ulong)Math.Max(5, length)),
            (acknowledged.To, acknowledged.Position.Index.Value));
    }

    [Fact]
    public void One_of_a_later_term_takes_the_node_there()
    {
        var node = Lost();

        node.Receive(from: 3, term: 0, SnapshotOf(1, 1, 1, 4, 4, 4));

        Assert.Equal((4ul, 6ul, 0), (node.Term, node.Commit, node.Leader));
        Assert.Equal(4ul, node.Core.DurableHardState.Term.Value);
    }

    [Fact]
    public void One_that_does_not_reach_its_log_is_of_no_use()
    {
        var node = Lost();

        Assert.False(node.Core.IsOfUse(Make.At(1, 2)));
        Assert.True(node.Core.IsOfUse(Make.At(1, 3)));
        node.Receive(from: 3, term: 0, SnapshotOf(1, 1));

        Assert.Equal([EffectKind.DropSnapshot], node.LastEffects.Select(each => each.Kind));
        Assert.True(node.Core.IsStateMissing);
    }

    [Fact]
    public void Once_it_has_its_state_it_campaigns_again()
    {
        var node = Lost();
        node.Receive(from: 3, term: 0, SnapshotOf(1, 1, 1));

        node.PassDeadline();

        Assert.Equal(Role.PreCandidate, node.Role);
    }

    [Fact]
    public void Until_it_is_in_force_a_crash_finds_it_missing_still()
    {
        var node = Lost();
        node.HoldsDisk = true;
        node.Receive(from: 3, term: 0, SnapshotOf(1, 1, 1));
        Assert.True(node.Core.IsStateMissing);

        node.Restart(seed: 5);

        Assert.True(node.Core.IsStateMissing);
    }

    [Fact]
    public void A_node_that_has_its_state_takes_none_from_one_that_does_not_lead()
    {
        var node = Make.Follower(size: 3, term: 1, 1, 1);

        node.Receive(from: 3, term: 0, SnapshotOf(1, 1, 1, 1, 1));

        Assert.Equal([EffectKind.DropSnapshot], node.LastEffects.Select(each => each.Kind));
        Assert.Equal((Make.At(1, 2), 0), (node.Core.Last, node.Leader));
    }

    [Fact]
    public void A_log_in_doubt_keeps_what_its_snapshot_proves_committed()
    {
        Assert.Equal(4ul, InDoubt(Make.At(1, 4)).Commit.Value);
        Assert.Equal(2ul, InDoubt(Make.At(2, 4)).Commit.Value);
        Assert.Equal(2ul, InDoubt(default).Commit.Value);

        static ConsensusCore InDoubt(LogPosition snapshot)
        {
            var restored = new RestoredLog(
                Make.At(1, 2), NodeSetup.VotersOf(3),
                new HardState(new Term(3), default, new LogIndex(5)), new LogIndex(4))
            {
                IsUnsure = true, Snapshot = snapshot,
            };
            for (var i = 0; i < 4; i++)
            {
                restored.Add(new EntryHeader(new Term(1), EntryKind.Command, 3));
            }

            return new ConsensusCore(new ConsensusOptions(), Make.Id(1), restored, 1, default);
        }
    }

    [Fact]
    public void An_install_completed_at_the_start_shows_the_term_and_holds_votes_back_for_a_lease()
    {
        var now = new Instant(TimeSpan.FromHours(1).Ticks);
        var restored = new RestoredLog(
            Make.At(4, 9), NodeSetup.VotersOf(3), new HardState(new Term(2), Make.Id(2), new LogIndex(3)),
            new LogIndex(9))
        {
            IsInstallCompleted = true, Snapshot = Make.At(4, 9),
        };
        var core = new ConsensusCore(new ConsensusOptions(), Make.Id(1), restored, 1, now);

        Assert.Equal((4ul, 9ul, 9ul), (core.Term.Value, core.Commit.Value, core.Durable.Value));
        core.Step(Input.Received(now, Make.Vote(from: 2, term: 5, Make.At(4, 9))));
        Assert.DoesNotContain(
            core.Effects.ToArray(), each => each is { Kind: EffectKind.SaveHardState, Vote.IsNone: false });
    }

    // The simulator's seed 1474333000310: the longest log had entries that could not be read, all others had
    // compacted them, and so nobody could be elected.
    [Fact]
    public void Entries_that_nobody_has_any_more_come_with_a_snapshot_of_anybody()
    {
        var node = Damage.Sick.Node([1, 1, 1, 1, 2], damaged: [3]);
        // Of leases a damaged log may not tell: no promise of an earlier start stands any more.
        node.Now += TimeSpan.FromSeconds(2);
        var snapshot = SnapshotOf(1, 1, 1, 1);
        node.Receive(from: 3, term: 0, snapshot);
        Assert.Contains(node.LastEffects, each => each.Kind == EffectKind.DropSnapshot);
        Assert.Equal(0ul, node.Core.NeededSnapshot.Value);

        node.Receive(Damage.Sick.Reply(2, 5, 2, 3) with { Reject = true });
        Assert.Equal(0ul, node.Core.NeededSnapshot.Value);
        node.Receive(Damage.Sick.Reply(3, 5, 2, 3) with { Reject = true });
        Assert.Equal(3ul, node.Core.NeededSnapshot.Value);
        node.Receive(from: 3, term: 0, snapshot);

        var install = Assert.Single(
            node.LastEffects, each => each.Kind == EffectKind.InstallSnapshot);
        Assert.True(install.KeepsTail);
        Assert.Empty(node.Core.Damage);
        Assert.Equal((0ul, 5ul), (node.Core.NeededSnapshot.Value, node.Core.Last.Index.Value));
    }

    // The simulator's seed 70000507: the snapshots of all others ended among entries of which this log had
    // lost the terms, and nothing was written any more.
    [Theory]
    [InlineData(3, 2, true)]
    [InlineData(2, 2, true)]
    [InlineData(2, 3, false)]
    public void One_that_ends_where_the_term_is_lost_is_installed_if_what_follows_shows_that_this_is_it(
        ulong behind, ulong term, bool isTaken)
    {
        var node = Damage.Sick.Node(
            [1, 1, behind, behind, behind, behind], damaged: [3, 4, 5], lost: [3, 4, 5]);
        node.Now += TimeSpan.FromSeconds(2);
        node.Receive(Damage.Sick.Reply(2, 5, 2, 5) with { Reject = true });
        node.Receive(Damage.Sick.Reply(3, 5, 2, 5) with { Reject = true });

        node.Receive(from: 3, term: 0, SnapshotOf(1, 1, term, term));

        Assert.Equal(isTaken ? 1 : 0, node.LastEffects.Count(
            each => each is { Kind: EffectKind.InstallSnapshot, KeepsTail: true }));
        Assert.Equal(isTaken ? 4ul : 0ul, node.Core.Base.Index.Value);
        Assert.Equal(6ul, node.Core.Last.Index.Value);
        Assert.Equal(behind, node.Core.Last.Term.Value);
        Assert.Equal(isTaken ? 5ul : 3ul, Assert.Single(node.Core.Damage).First.Value);
    }

    // The simulator's seed 958381903041: of three nodes one was gone, one had compacted what the longest log
    // could not read.
    [Fact]
    public void One_that_never_answers_keeps_nobody_from_asking_for_a_snapshot()
    {
        var node = Damage.Sick.Node([1, 1, 1, 1, 2], damaged: [3]);
        node.Now += TimeSpan.FromSeconds(2);
        node.Receive(Damage.Sick.Reply(2, 5, 2, 3) with { Reject = true });
        var turns = 0;
        while (node.Core.NeededSnapshot.Value == 0)
        {
            Assert.True(++turns <= 6, "it waits for the one that is gone");
            node.TickAfter(new ConsensusOptions().HeartbeatInterval);
        }

        Assert.True(turns > 3, $"the others had {turns} turns");
        node.Receive(from: 2, term: 0, SnapshotOf(1, 1, 1, 1));
        Assert.Single(node.LastEffects, each => each.Kind == EffectKind.InstallSnapshot);
    }

    // Node 1 of three: 1/1 to 1/3 are in a snapshot that is lost, 1/4 and 1/5 in the log.
    private static TestNode Lost(ulong commit = 3)
    {
        var node = Make.Follower(size: 3, term: 1, 1, 1, 1, 1, 1);
        node.Receive(Make.Append(from: 2, term: 1, Make.At(1, 5), commit: commit));
        node.Compact(3);
        node.Disk.LostState = true;
        node.Restart(seed: 3);
        Assert.True(node.Core.IsStateMissing);
        return node;
    }

    private static TestSnapshot SnapshotOf(params ulong[] terms) => new(
        Make.At(terms[^1], (ulong)terms.Length), NodeSetup.VotersOf(3), TestEntry.OfTerms(1, terms));
}
