namespace Ikada.Consensus.Tests.Quiescence;

/// <summary>When a group sleeps (DESIGN §7, Quiescence).</summary>
public sealed class FallingAsleep
{
    [Fact]
    public void A_group_with_nothing_to_do_sends_nothing_and_wants_no_tick()
    {
        var cluster = Sleepers.Asleep();

        cluster.RunFor(TimeSpan.FromHours(1));

        Assert.All(cluster.Nodes, node => Assert.Equal(Instant.Never, node.Core.NextDeadline));
        Assert.All(cluster.Nodes, node => Assert.Contains((Fact.Quiesced, NodeId.None), node.Facts));
        Assert.Equal((Role.Leader, 1ul), (cluster[1].Role, cluster[1].Term));
        Assert.Empty(cluster.Pool);
    }

    [Fact]
    public void By_default_a_group_never_sleeps()
    {
        var cluster = new TestCluster(3);
        cluster.Campaign(1);

        cluster.RunFor(TimeSpan.FromMinutes(1));

        Assert.All(cluster.Nodes, node => Assert.False(node.Core.IsAsleep));
    }

    [Fact]
    public void A_group_stays_awake_while_something_happens()
    {
        var cluster = Sleepers.Awake();
        for (var i = 0; i < 20; i++)
        {
            cluster.RunFor(TimeSpan.FromMilliseconds(250));
            cluster.Propose(1, $"p{i}");
            Assert.False(cluster[1].Core.IsAsleep);
        }

        cluster.RunFor(TimeSpan.FromSeconds(1));

        Assert.True(cluster[1].Core.IsAsleep);
    }

    [Fact]
    public void A_group_sleeps_only_once_a_preferred_voter_leads()
    {
        var voters = NodeSetup.VotersOf(3);
        var membership = new Membership(
            [.. voters.Members.ToArray().Select(each => each with
            {
                Priority = each.Id == Make.Id(3) ? (byte)9 : (byte)0,
            })], voters.Voters);
        var cluster = Sleepers.Awake(setup => setup with { Membership = membership });

        cluster.RunFor(TimeSpan.FromSeconds(3));
        Assert.False(cluster[1].Core.IsAsleep);
        cluster.RunFor(TimeSpan.FromSeconds(5));

        Assert.Equal(Role.Leader, cluster[3].Role);
        Assert.All(cluster.Nodes, node => Assert.True(node.Core.IsAsleep));
    }

    [Fact]
    public void A_group_with_a_member_that_does_not_answer_stays_awake()
    {
        var cluster = Sleepers.Awake();
        cluster.Settle();
        cluster.Isolate(3);

        cluster.RunFor(TimeSpan.FromSeconds(10));
        Assert.False(cluster[1].Core.IsAsleep);
        cluster.Heal();
        cluster.RunFor(TimeSpan.FromSeconds(5));

        Assert.All(cluster.Nodes, node => Assert.True(node.Core.IsAsleep));
    }

    [Fact]
    public void A_group_with_a_member_that_lacks_an_entry_stays_awake()
    {
        var cluster = Sleepers.Awake();
        cluster[3].HoldsDisk = true;
        cluster.Propose(1, "a");

        cluster.RunFor(TimeSpan.FromSeconds(5));

        Assert.False(cluster[1].Core.IsAsleep);
    }

    [Fact]
    public void A_leader_whose_own_disk_is_behind_stays_awake()
    {
        var cluster = Sleepers.Awake(setup =>
            setup with { Options = Sleepers.Options with { DiskStuckTimeout = TimeSpan.FromHours(1) } });
        cluster[1].HoldsDisk = true;
        cluster.Propose(1, "a");

        cluster.RunFor(TimeSpan.FromSeconds(5));

        Assert.Equal(2ul, cluster[1].Commit);
        Assert.False(cluster[1].Core.IsAsleep);
    }

    [Fact]
    public void A_leader_stays_awake_while_it_hands_over()
    {
        var cluster = Sleepers.Awake(setup => setup with
        {
            Options = Sleepers.Options with { QuiesceAfter = TimeSpan.FromMilliseconds(200) },
        });
        cluster.RunFor(TimeSpan.FromMilliseconds(110));
        cluster.Do(1, node => node.Transfer(2));
        cluster.Pool.Clear();
        cluster.Cut(2, 3);
        cluster.Cut(2, 1);

        cluster.RunFor(TimeSpan.FromMilliseconds(900));

        Assert.False(cluster[1].Core.IsAsleep);
    }

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(1, 2, false)]
    [InlineData(1, 0, false)]
    public void A_follower_sleeps_only_where_the_leader_thinks_it_stands(
        ulong term, ulong commit, bool sleeps)
    {
        var node = Following(commit: 1);

        node.Receive(Sleepers.Quiesce(from: 2, term, commit));

        Assert.Equal(sleeps, node.Core.IsAsleep);
        Assert.Equal(sleeps ? 0 : 1, node.TakeSent(MessageType.Wake).Length);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public void A_follower_with_an_entry_beyond_the_commit_index_or_not_durable_keeps_the_leader_awake(
        bool holdsDisk, ulong commit)
    {
        var node = Following(commit);
        node.HoldsDisk = holdsDisk;
        node.Receive(Make.Append(from: 2, term: 1, Make.At(1, 1), count: 1, commit: 2),
            new TestEntry(1, "b"));
        if (!holdsDisk)
        {
            node.Receive(Make.Append(from: 2, term: 1, Make.At(1, 2), count: 1, commit: 2),
                new TestEntry(1, "c"));
        }

        node.Sent.Clear();
        node.Receive(Sleepers.Quiesce(from: 2, term: 1, commit: 2));

        Assert.False(node.Core.IsAsleep);
        Assert.Single(node.TakeSent(MessageType.Wake));
    }

    [Fact]
    public void A_member_whose_host_lets_nobody_sleep_keeps_the_leader_awake()
    {
        var cluster = Sleepers.Awake(setup =>
            setup.Id == 3 ? setup with { Options = new ConsensusOptions() } : setup);

        cluster.RunFor(TimeSpan.FromSeconds(10));

        Assert.Equal((Role.Leader, 1ul), (cluster[1].Role, cluster[1].Term));
        Assert.False(cluster[3].Core.IsAsleep);
    }

    [Fact]
    public void An_order_to_sleep_of_an_earlier_term_is_ignored()
    {
        var node = Following(commit: 1);
        node.Receive(Make.Heartbeat(from: 3, term: 2, commit: 1));

        node.Receive(Sleepers.Quiesce(from: 2, term: 1, commit: 1));

        Assert.False(node.Core.IsAsleep);
        Assert.Equal(3, node.Leader);
    }

    [Fact]
    public void A_lone_voter_sleeps_too()
    {
        var node = new TestNode(new NodeSetup
        {
            Membership = NodeSetup.VotersOf(1), Options = Sleepers.Options,
        });
        node.PassDeadline();

        for (var i = 0; i < 10 && !node.Core.IsAsleep; i++)
        {
            node.PassDeadline();
        }

        Assert.True(node.Core.IsAsleep);
        node.Propose("a");
        Assert.Equal((2ul, false), (node.Commit, node.Core.IsAsleep));
    }

    // Node 1, that has entry 1 of term 1 from node 2.
    private static TestNode Following(ulong commit)
    {
        var node = new TestNode(new NodeSetup
        {
            Options = Sleepers.Options, Term = 1, Log = [new TestEntry(1, "a")], Commit = commit,
        });
        node.Opened(2);
        node.Receive(Make.Append(from: 2, term: 1, Make.At(1, 1), commit: commit));
        node.Sent.Clear();
        return node;
    }
}
