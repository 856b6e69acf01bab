namespace Ikada.Consensus.Tests.Damage;

/// <summary>
/// Case (a) of DESIGN §7: the last index and term are readable, some entries are not. Any peer supplies them,
/// and no leader is needed.
/// </summary>
public sealed class DamagedEntries
{
    private static readonly TimeSpan Interval = new ConsensusOptions().HeartbeatInterval;

    [Fact]
    public void A_node_with_damaged_entries_votes_as_usual()
    {
        Assert.False(Sick.Votes(Sick.Node([1, 1, 2], [2]), 2, Make.At(2, 2)));
        Assert.True(Sick.Votes(Sick.Node([1, 1, 2], [2]), 2, Make.At(2, 3)));
    }

    [Fact]
    public void A_node_with_damaged_entries_acknowledges_as_usual()
    {
        var node = Sick.Node([1, 1, 2], [2]);

        node.Receive(Make.Append(2, 5, Make.At(2, 3), 1, commit: 2), new TestEntry(5, "next"));

        Assert.Equal(4ul, node.TakeSent(MessageType.AppendReply)[^1].Message.Position.Index.Value);
        Assert.Equal(2ul, node.Commit);
    }

    [Fact]
    public void A_node_with_damaged_entries_does_not_campaign_until_they_are_repaired()
    {
        var node = Sick.Node([1, 1, 2], [2]);

        node.TickAfter(TimeSpan.FromSeconds(3));
        Assert.Equal(Role.Follower, node.Role);
        node.HoldsDisk = true;
        node.Receive(Sick.Reply(3, 5, after: 1, end: 2), TestEntry.OfTerms(2, 1));
        node.TickAfter(TimeSpan.FromSeconds(3));
        Assert.Equal(Role.Follower, node.Role);

        node.FlushDisk();
        Assert.Contains((Fact.LogWhole, default), node.Facts);
        node.TickAfter(TimeSpan.FromSeconds(3));
        Assert.Equal(Role.PreCandidate, node.Role);
    }

    [Fact]
    public void It_asks_one_node_after_the_other_at_each_interval()
    {
        var node = Sick.Node([1, 1, 2, 2, 2], [2, 4, 5]);
        var asked = new List<ulong>();

        for (var i = 0; i < 4; i++)
        {
            node.TickAfter(Interval);
            var requests = node.TakeSent(MessageType.EntryRequest);
            Assert.Equal([(1ul, 1ul, 2ul), (3ul, 2ul, 5ul)], requests.Select(sent => (
                sent.Message.Position.Index.Value, sent.Message.Position.Term.Value,
                sent.Message.End.Value)));
            asked.Add(requests[0].Message.To.Value);
            node.Tick();
            Assert.Empty(node.TakeSent(MessageType.EntryRequest));
        }

        Assert.Equal([2ul, 2, 3, 3], asked.Order().ToArray());
    }

    [Fact]
    public void An_entry_of_another_term_than_the_damaged_one_is_not_taken()
    {
        var node = Sick.Node([1, 1, 2], [2]);

        node.Receive(Sick.Reply(3, 5, after: 1, end: 2, commit: 3), TestEntry.OfTerms(2, 2));

        Assert.Single(node.Core.Damage);
        Assert.Contains((Fact.PeerMisbehaved, Make.Id(3)), node.Facts);
    }

    [Fact]
    public void Of_an_answer_only_what_is_damaged_is_taken_and_the_rest_is_asked_of_the_same_node_at_once()
    {
        var node = Sick.Node([1, 1, 1, 1, 1], [2, 3, 5]);

        node.Receive(Sick.Reply(3, 5, after: 0, end: 2), TestEntry.OfTerms(1, 1, 1));

        Assert.Equal([new DamagedRange(new LogIndex(3), new LogIndex(3), new Term(1)),
            new DamagedRange(new LogIndex(5), new LogIndex(5), new Term(1))], node.Core.Damage);
        Assert.Equal([2ul, 4ul], node.TakeSent(MessageType.EntryRequest)
            .Where(sent => sent.Message.To == Make.Id(3)).Select(sent => sent.Message.Position.Index.Value));
    }

    // What stands there is unknown; another leader's entry in its place would stand before entries that
    // follow another one.
    [Fact]
    public void Where_the_term_is_lost_an_entry_is_taken_only_if_it_is_committed()
    {
        var node = Sick.Node([1, 1, 3], [2], lost: [2]);

        node.Receive(Sick.Reply(3, 5, after: 1, end: 2, commit: 1), TestEntry.OfTerms(2, 1));
        Assert.Single(node.Core.Damage);
        node.Receive(Sick.Reply(3, 5, after: 1, end: 2, commit: 2), TestEntry.OfTerms(2, 1));

        Assert.Empty(node.Core.Damage);
        Assert.Equal(1ul, node.Core.TermAt(new LogIndex(2)).Value);
    }

    [Fact]
    public void Between_two_entries_of_one_term_a_lost_term_is_known()
    {
        var node = Sick.Node([1, 2, 2, 2, 3], [3, 5], lost: [3]);

        Assert.Equal([2ul, 3], node.Core.Damage.Select(range => range.Term.Value));
    }

    [Fact]
    public void Where_the_term_is_lost_an_entry_before_one_that_both_logs_hold_is_taken()
    {
        var node = Sick.Node([1, 2, 3, 3], [2, 3], lost: [2, 3]);

        node.Receive(Sick.Reply(3, 5, after: 1, end: 3, common: Make.At(2, 4)), TestEntry.OfTerms(2, 2, 3));
        Assert.Single(node.Core.Damage);
        node.Receive(Sick.Reply(3, 5, after: 1, end: 2, common: Make.At(3, 4)), TestEntry.OfTerms(2, 2));
        node.Receive(Sick.Reply(3, 5, after: 2, end: 3, common: Make.At(3, 4)), TestEntry.OfTerms(3, 3));

        Assert.Empty(node.Core.Damage);
        Assert.Equal([1ul, 2, 3, 3], Enumerable.Range(1, 4)
            .Select(index => node.Core.TermAt(new LogIndex((ulong)index)).Value));
    }

    [Fact]
    public void An_entry_that_cannot_stand_between_its_neighbours_is_not_taken_even_if_committed()
    {
        var node = Sick.Node([2, 2, 3], [2], lost: [2]);

        node.Receive(Sick.Reply(3, 5, after: 1, end: 2, commit: 2), TestEntry.OfTerms(2, 4));
        node.Receive(Sick.Reply(3, 5, after: 1, end: 2, commit: 2), TestEntry.OfTerms(2, 1));

        Assert.Single(node.Core.Damage);
    }

    [Fact]
    public void A_node_supplies_only_entries_of_the_wanted_term()
    {
        var node = Make.Follower(3, 5, 1, 1, 2, 2);

        node.Receive(Sick.Request(2, after: 1, end: 3, term: 1));
        var reply = Assert.Single(node.TakeSent(MessageType.EntryReply));
        Assert.Equal((1ul, 2ul, false),
            (reply.Message.Position.Index.Value, reply.Message.End.Value, reply.Message.Reject));
        Assert.Equal("1/2", Assert.Single(reply.Entries).Body);

        node.Receive(Sick.Request(2, after: 2, end: 3, term: 1));
        Assert.True(Assert.Single(node.TakeSent(MessageType.EntryReply)).Message.Reject);
    }

    [Fact]
    public void Where_the_wanted_terms_are_lost_a_node_supplies_what_it_knows_committed_or_has_in_common()
    {
        var node = new TestNode(
            new NodeSetup { Term = 5, Log = TestEntry.OfTerms(1, 1, 1, 2, 2), Commit = 2 });

        node.Receive(Sick.Request(2, after: 1, end: 3, term: 0));
        Assert.Equal(["1/2"], Assert.Single(node.TakeSent()).Entries.Select(entry => entry.Body));
        node.Receive(Sick.Request(2, after: 1, end: 3, term: 0, common: Make.At(3, 4)));
        Assert.Equal(["1/2"], Assert.Single(node.TakeSent()).Entries.Select(entry => entry.Body));
        node.Receive(Sick.Request(2, after: 1, end: 3, term: 0, common: Make.At(2, 4)));
        Assert.Equal(["1/2", "2/3"], Assert.Single(node.TakeSent()).Entries.Select(entry => entry.Body));
    }

    [Fact]
    public void A_supplier_leaves_out_what_it_cannot_read_itself()
    {
        var node = Sick.Node([1, 1, 1, 1, 1], [2, 4]);

        node.Receive(Sick.Request(2, after: 1, end: 5, term: 1));
        var reply = Assert.Single(node.TakeSent(MessageType.EntryReply));
        Assert.Equal("1/3", Assert.Single(reply.Entries).Body);
    }

    [Fact]
    public void An_answer_is_bounded_in_bytes()
    {
        TestEntry[] log = [.. Enumerable.Range(1, 10)
            .Select(index => new TestEntry(1, new string('x', 400 + index)))];
        var node = new TestNode(new NodeSetup
        {
            Term = 5, Log = log, Options = new ConsensusOptions { AppendBytesMax = 1024 },
        });

        node.Receive(Sick.Request(2, after: 0, end: 10, term: 1));

        Assert.Equal(2, Assert.Single(node.TakeSent()).Entries.Length);
    }

    [Fact]
    public void When_all_others_have_refused_it_is_told_once_and_asking_goes_on()
    {
        var node = Sick.Node([1, 1, 2], [3]);
        for (var i = 0; i < 2; i++)
        {
            node.Receive(Sick.Reply(2, 5, 2, 3) with { Reject = true });
            node.Receive(Sick.Reply(3, 5, 2, 3) with { Reject = true });
            Assert.Single(node.Facts, fact => fact.Fact == Fact.NobodyHasEntries);
        }

        node.TickAfter(Interval);
        Assert.NotEmpty(node.TakeSent(MessageType.EntryRequest));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Three_nodes_with_three_different_damaged_ranges_lose_nothing(bool lostTerms)
    {
        var cluster = Grown();
        cluster.RunFor(TimeSpan.FromSeconds(1));
        for (var id = 1; id <= 3; id++)
        {
            cluster.Crash(id);
            var first = (ulong)(2 * id);
            Sick.Damage(cluster[id], [first, first + 1], lostTerms ? [first, first + 1] : null);
        }

        for (var id = 1; id <= 3; id++)
        {
            cluster.Restart(id, (ulong)id * 31);
        }

        // None of them may campaign as it is: while they cannot hear each other nobody even asks.
        cluster.Isolate(1);
        cluster.Isolate(2);
        cluster.RunFor(TimeSpan.FromSeconds(10));
        Assert.All(cluster.Nodes, node => Assert.Equal(Role.Follower, node.Role));
        Assert.All(cluster.Nodes, node => Assert.Single(node.Core.Damage));
        cluster.Heal();
        cluster.RunFor(TimeSpan.FromSeconds(10));

        Assert.All(cluster.Nodes, node => Assert.Empty(node.Core.Damage));
        Assert.NotNull(cluster.Leader);
        cluster.CheckLogs();
        cluster.AssertConverged();
        Assert.Equal(["p1", "p2", "p3", "p4", "p5", "p6", "p7"],
            cluster[1].Log.Select(entry => entry.Body).Where(body => body.Length > 0));
    }

    [Fact]
    public void Followers_with_different_damage_are_repaired_beside_a_living_leader()
    {
        var cluster = Grown();
        foreach (var id in new[] { 2, 3 })
        {
            cluster.Crash(id);
            Sick.Damage(cluster[id], [(ulong)id, 5], [5]);
            cluster.Restart(id, 9);
        }

        cluster.Propose(1, "meanwhile");
        Assert.Equal(Role.Leader, cluster[1].Role);
        cluster.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(Role.Leader, cluster[1].Role);
        Assert.All(cluster.Nodes, node => Assert.Empty(node.Core.Damage));
        cluster.AssertConverged();
    }

    [Fact]
    public void A_damaged_end_that_nobody_else_has_is_overwritten_by_the_next_leader()
    {
        var cluster = Grown();
        cluster.Isolate(1);
        cluster.Do(1, node => node.Propose("never committed", "nor this"));
        cluster.Crash(1);
        Sick.Damage(cluster[1], [9, 10]);
        cluster.Heal();
        cluster.Restart(1, 77);

        cluster.RunFor(TimeSpan.FromSeconds(10));

        Assert.Empty(cluster[1].Core.Damage);
        Assert.NotNull(cluster.Leader);
        cluster.Propose((int)cluster.Leader.Id.Value, "the last");
        cluster.RunFor(TimeSpan.FromSeconds(1));
        cluster.AssertConverged();
    }

    private static TestCluster Grown()
    {
        var cluster = new TestCluster(3);
        cluster.Campaign(1);
        for (var i = 1; i <= 7; i++)
        {
            cluster.Propose(1, $"p{i}");
        }

        return cluster;
    }
}
