namespace Ikada.Consensus.Tests.Damage;

/// <summary>How damaged entries are asked for, taken and kept account of until they are durable (DESIGN §7,
/// case (a)).</summary>
public sealed class Repairing
{
    private static readonly TimeSpan Interval = new ConsensusOptions().HeartbeatInterval;

    [Fact]
    public void A_request_names_the_entry_behind_lost_terms_but_none_behind_known_ones_or_at_the_end()
    {
        var node = Sick.Node([1, 1, 1, 2, 2, 3, 3], [2, 4, 5, 7], lost: [4, 5, 7]);

        Assert.Equal([(1ul, 1ul, 0ul, 0ul), (3, 0, 6, 3), (6, 0, 0, 0)], Asked(node).Select(each => (
            each.Position.Index.Value, each.Position.Term.Value, each.Round, each.Sequence)));
    }

    [Fact]
    public void At_most_four_ranges_are_asked_for_at_a_time()
    {
        var node = Sick.Node([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], [2, 4, 6, 8, 10]);

        Assert.Equal([2ul, 4, 6, 8], Asked(node).Select(each => each.End.Value));
    }

    [Fact]
    public void What_is_on_its_way_to_the_disk_is_not_asked_for_again()
    {
        var node = Sick.Node([1, 1, 1, 1, 1, 1, 1], [2, 4, 5, 6]);
        node.HoldsDisk = true;
        node.Receive(Sick.Reply(3, 5, after: 1, end: 5), TestEntry.OfTerms(2, 1, 1, 1, 1));
        Assert.Equal(2, node.Disk.Queued);

        Assert.Equal([(5ul, 6ul)], Asked(node).Select(each => (each.Position.Index.Value, each.End.Value)));
    }

    [Fact]
    public void Who_supplied_entries_is_asked_for_more_once_however_many_writes_they_took()
    {
        var node = Sick.Node([1, 1, 1, 1, 1, 1, 1], [2, 4, 6]);
        node.HoldsDisk = true;
        node.Receive(Sick.Reply(3, 5, after: 1, end: 4), TestEntry.OfTerms(2, 1, 1, 1));
        node.Sent.Clear();

        node.FlushDisk();

        var asked = node.TakeSent(MessageType.EntryRequest).Select(each => each.Message.To).Distinct();
        Assert.Equal(Make.Id(3), Assert.Single(asked));
        Assert.DoesNotContain((Fact.LogWhole, default), node.Facts);
    }

    // The simulator's seed 12004027: nobody but the member that was to leave held the entry, and it was
    // needed to commit that.
    [Fact]
    public void One_whose_removal_is_not_committed_is_asked_too_and_kept_in_touch_with()
    {
        var node = Damaged(commit: 3);
        Assert.Equal([2ul, 3], AskedWhom(node));
        Assert.Equal(3, node.Core.Reachable.Members.Length);
        Assert.Equal(2, node.Core.Membership.Members.Length);

        node = Damaged(commit: 4);
        Assert.Equal([2ul], AskedWhom(node));
        Assert.Same(node.Core.Membership, node.Core.Reachable);

        static TestNode Damaged(ulong commit)
        {
            var node = new TestNode(new NodeSetup
            {
                Term = 5, Commit = commit,
                Log = [.. TestEntry.OfTerms(1, 1, 1, 1), TestEntry.Of(1, NodeSetup.VotersOf(2))],
            });
            Sick.Damage(node, [2]);
            node.Restart(1);
            return node;
        }
    }

    [Fact]
    public void Nobody_has_the_entries_only_when_all_have_refused_since_something_came()
    {
        var node = Sick.Node([1, 1, 1, 1, 1], [2, 4]);
        Refuse(node, 2);
        // Nothing that is missing.
        node.Receive(Sick.Reply(3, 5, after: 0, end: 1), TestEntry.OfTerms(1, 1));
        Refuse(node, 3);
        Assert.Equal(1, Told(node));

        node.Receive(Sick.Reply(3, 5, after: 1, end: 2), TestEntry.OfTerms(2, 1));
        Assert.Equal(LogIndex.Zero, node.Core.NeededSnapshot);
        Refuse(node, 3);
        Assert.Equal(1, Told(node));
        Refuse(node, 2);
        Assert.Equal(2, Told(node));
    }

    [Fact]
    public void A_node_whose_log_is_whole_cares_for_no_refusal_and_no_repair()
    {
        var node = Make.Follower(size: 3, term: 5, 1, 1);
        Refuse(node, 2);
        Refuse(node, 3);
        node.Step(Input.LogRepaired(node.Now, new LogIndex(1), new LogIndex(1)));

        Assert.Empty(node.Facts);
        Assert.Empty(node.Sent);
    }

    [Fact]
    public void A_repair_is_acknowledged_only_to_a_leader_whose_log_is_known_to_match()
    {
        var node = Sick.Node([1, 1, 1], [2]);
        node.Receive(Make.Heartbeat(from: 2, term: 5));
        node.Sent.Clear();

        node.Receive(Sick.Reply(3, 5, after: 1, end: 2), TestEntry.OfTerms(2, 1));

        Assert.Empty(node.Core.Damage);
        Assert.Empty(node.TakeSent(MessageType.AppendReply));
    }

    [Fact]
    public void Among_entries_of_lost_terms_none_is_taken_behind_one_of_a_higher_term()
    {
        var node = Sick.Node([1, 2, 3, 3], [2, 3], lost: [2, 3]);

        node.Receive(Sick.Reply(3, 5, after: 1, end: 3, commit: 3), TestEntry.OfTerms(2, 3, 2));

        Assert.Equal([(3ul, 3ul, 3ul)], Ranges(node));
    }

    [Fact]
    public void A_malformed_answer_is_told_and_takes_nothing()
    {
        var node = Sick.Node([1, 1, 1], [2]);
        node.Receive(Sick.Reply(3, 5, after: 1, end: 1));
        Assert.Empty(node.Facts);

        node.Receive(Sick.Reply(3, 5, after: 1, end: 3), TestEntry.OfTerms(2, 1));
        Assert.Equal((Fact.PeerMisbehaved, Make.Id(3)), Assert.Single(node.Facts));
        node.Receive(Sick.Reply(3, 5, after: 2, end: 1), TestEntry.OfTerms(2, 1));

        Assert.Equal(2, node.Facts.Count);
        Assert.Single(node.Core.Damage);
    }

    [Fact]
    public void Lost_terms_are_known_again_while_their_entries_are_on_their_way_to_the_disk()
    {
        var node = Sick.Node([1, 1, 1, 2, 2, 3, 3], [2, 4, 5, 6], lost: [4, 5, 6]);
        node.HoldsDisk = true;

        node.Receive(Sick.Reply(3, 5, after: 3, end: 5, commit: 5), TestEntry.OfTerms(4, 2, 2));
        Assert.Equal([(2ul, 2ul, 1ul), (4, 5, 2), (6, 6, 0)], Ranges(node));
        node.Receive(Sick.Reply(3, 5, after: 5, end: 6, commit: 6), TestEntry.OfTerms(6, 3));
        Assert.Equal([(2ul, 2ul, 1ul), (4, 5, 2), (6, 6, 3)], Ranges(node));
        node.FlushDisk();

        Assert.Equal([(2ul, 2ul, 1ul)], Ranges(node));
    }

    [Fact]
    public void What_lies_between_an_entry_that_came_and_its_equal_in_term_is_known()
    {
        var node = Sick.Node([1, 2, 3, 3, 3], [2, 3, 4], lost: [2, 3, 4]);
        node.HoldsDisk = true;

        node.Receive(Sick.Reply(3, 5, after: 1, end: 2, commit: 2), TestEntry.OfTerms(2, 3));

        Assert.Equal([(2ul, 2ul, 3ul), (3, 4, 3)], Ranges(node));
    }

    [Fact]
    public void An_entry_of_a_known_term_is_acknowledged_before_its_replacement_is_durable()
    {
        var node = Sick.Node([1, 1, 1], [2]);
        node.HoldsDisk = true;
        node.Receive(Sick.Reply(3, 5, after: 1, end: 2), TestEntry.OfTerms(2, 1));
        node.Sent.Clear();

        node.Receive(Make.Append(from: 2, term: 5, Make.At(1, 3)));

        Assert.Equal(3ul, Assert.Single(node.TakeSent(MessageType.AppendReply)).Message.Position.Index.Value);
    }

    [Fact]
    public void An_append_over_damaged_entries_commits_what_it_carried_and_no_more()
    {
        var node = Sick.Node([1, 1, 1], [2]);

        node.Receive(Make.Append(2, term: 5, Make.At(1, 1), count: 1, commit: 3), TestEntry.OfTerms(2, 1));
        Assert.Equal(2ul, node.Commit);
        node.Receive(Make.Append(2, term: 5, Make.At(1, 1), count: 2, commit: 3), TestEntry.OfTerms(2, 1, 1));

        Assert.Equal(3ul, node.Commit);
    }

    [Fact]
    public void A_part_that_is_durable_first_leaves_the_rest_on_its_way()
    {
        var node = Sick.Node([1, 1, 1, 1, 1, 1], [2, 3, 4]);
        var damage = node.Core.State.Damage;
        node.HoldsDisk = true;
        node.Receive(Sick.Reply(3, 5, after: 1, end: 4), TestEntry.OfTerms(2, 1, 1, 1));
        bool[] OnItsWay() =>
            [.. Enumerable.Range(1, 5).Select(at => damage.IsReplacing(new LogIndex((ulong)at)))];
        Assert.Equal([false, true, true, true, false], OnItsWay());

        node.Step(Input.LogRepaired(node.Now, new LogIndex(3), new LogIndex(3)));

        Assert.Equal([(2ul, 2ul, 1ul), (4, 4, 1)], Ranges(node));
        Assert.Equal([false, true, false, true, false], OnItsWay());
    }

    [Fact]
    public void The_next_damaged_entry_is_found_from_any_place()
    {
        var node = Sick.Node([1, 1, 1, 1, 1, 1, 1, 1], [3, 4, 6]);
        var damage = node.Core.State.Damage;

        Assert.Equal([3ul, 3, 3, 4, 6, 6, ulong.MaxValue], Enumerable.Range(0, 7)
            .Select(at => node.Core.FirstDamagedAfter(new LogIndex((ulong)at)).Value));
        Assert.Equal([false, true, true, false, true, false], Enumerable.Range(2, 6)
            .Select(at => damage.Touches(new LogIndex((ulong)at), new LogIndex((ulong)at))));
        Assert.True(damage.Touches(new LogIndex(1), new LogIndex(9)));
    }

    [Fact]
    public void Damage_that_the_state_machine_is_past_does_not_hold_the_log()
    {
        var setup = new NodeSetup();
        var restored = new RestoredLog(
            default, setup.Membership, new HardState(new Term(1), default, new LogIndex(4)), new LogIndex(3));
        restored.Add(new EntryHeader(new Term(1), EntryKind.Empty, 0));
        restored.AddDamaged(new LogIndex(2), new Term(1));
        restored.Add(new EntryHeader(new Term(1), EntryKind.Empty, 0));
        restored.Add(new EntryHeader(new Term(1), EntryKind.Empty, 0));

        var core = new ConsensusCore(setup.Options, Make.Id(1), restored, seed: 1, setup.Now);

        Assert.Equal(4ul, core.CompactionLimit.Value);
    }

    [Fact]
    public void Who_only_doubts_or_only_has_damage_is_due_an_interval_after_it_asked()
    {
        foreach (var node in new[] { Sick.Unsure(3, 2, 1, 1), Sick.Node([1, 1, 1], [2]) })
        {
            node.TickAfter(Interval);

            Assert.Equal(node.Now + Interval, node.Core.NextDeadline);
        }
    }

    [Fact]
    public void A_supplier_gives_what_it_has_of_a_longer_log()
    {
        var node = Make.Follower(size: 3, term: 5, 1, 1, 1, 1);

        node.Receive(Sick.Request(2, after: 2, end: 9, term: 1));

        Assert.Equal(4ul, Assert.Single(node.TakeSent(MessageType.EntryReply)).Message.End.Value);
    }

    [Theory]
    [InlineData(9, 11, 0, true)]
    [InlineData(10, 11, 0, false)]
    [InlineData(8, 9, 9, false)]
    [InlineData(8, 9, 8, true)]
    public void Only_what_was_compacted_here_and_not_applied_there_takes_a_snapshot(
        ulong after, ulong end, ulong applied, bool takes)
    {
        var leader = Snapshots.SendingSnapshots.CompactedTo(10);

        leader.Receive(Sick.Request(2, after, end, term: 1) with { Commit = new LogIndex(applied) });

        Assert.Equal(takes ? 1 : 0, leader.SnapshotWishes.Count);
    }

    [Fact]
    public void Who_is_asked_for_its_last_position_says_whether_it_leads_or_may_have_lost_some_itself()
    {
        Assert.Equal(MessageFlags.None, Flags(Make.Follower(size: 3, term: 2, 1, 1)));
        Assert.Equal(MessageFlags.Leads, Flags(Make.LeaderInTouch(size: 3, term: 2, 1)));
        Assert.Equal(MessageFlags.Unsure, Flags(Sick.Unsure(3, 2, 1, 1)));
    }

    private static MessageFlags Flags(TestNode node)
    {
        node.Receive(new Message
        {
            Type = MessageType.LastPositionRequest, From = Make.Id(2), Term = new Term(2),
            Position = Make.At(1, 2),
        });
        return Assert.Single(node.TakeSent(MessageType.LastPositionReply)).Message.Flags;
    }

    // Over more turns than there are members.
    private static ulong[] AskedWhom(TestNode node)
    {
        node.Sent.Clear();
        for (var turn = 0; turn < 6; turn++)
        {
            node.TickAfter(Interval);
        }

        var asked = node.TakeSent(MessageType.EntryRequest).Select(each => each.Message.To.Value);
        return [.. asked.Distinct().Order()];
    }

    private static Message[] Asked(TestNode node)
    {
        node.Sent.Clear();
        node.TickAfter(Interval);
        return [.. node.TakeSent(MessageType.EntryRequest).Select(each => each.Message)];
    }

    private static void Refuse(TestNode node, int from) =>
        node.Receive(Sick.Reply(from, 5, after: 1, end: 5) with { Reject = true });

    private static int Told(TestNode node) => node.Facts.Count(fact => fact.Fact == Fact.NobodyHasEntries);

    private static IEnumerable<(ulong First, ulong Last, ulong Term)> Ranges(TestNode node) =>
        node.Core.Damage.Select(range => (range.First.Value, range.Last.Value, range.Term.Value));
}
