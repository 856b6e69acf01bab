namespace Ikada.Replica.Tests.Snapshots;

/// <summary>A node whose snapshots are all damaged: its log is sound, the state before it is gone.</summary>
public sealed class LostState
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void It_asks_the_others_and_goes_on()
    {
        var cluster = Lost(out var expected);
        Assert.Equal(LogIndex.Zero, cluster[3].Replica.Status.Applied);
        Assert.Contains(cluster[3].SnapshotFacts, fact => fact.Kind == SnapshotFactKind.StateMissing);

        cluster.RunFor(5 * Second);

        Assert.False(cluster[3].Replica.Status.IsStateMissing);
        Assert.Equal(expected, cluster[3].Machine.Commands);
    }

    [Fact]
    public void It_gets_one_from_a_node_that_does_not_lead()
    {
        var cluster = Lost(out var expected);
        cluster.Delivers = message => message.Type != MessageType.SnapshotRequest || message.To.Value == 2;

        cluster.RunFor(8 * Second);

        Assert.Equal(expected, cluster[3].Machine.Commands);
        var received = cluster[3].SnapshotFacts.Single(fact => fact.Kind == SnapshotFactKind.Received);
        Assert.Equal(new NodeId(2), received.Peer);
        Assert.Equal(new NodeId(1), cluster[3].Replica.Status.Leader);
    }

    // The simulator's seeds 12005902 and 20000691: the leader sent one as well, that ended lower, and each
    // took the other's place.
    [Fact]
    public void Two_that_are_sent_at_a_time_do_not_take_each_others_place_for_ever()
    {
        var cluster = Lost(out var expected);
        (Message Message, LogEntry[] Entries)? lower = null;
        cluster.Alters = (message, entries) =>
        {
            lower ??= message.Type == MessageType.SnapshotOffer ? (message, entries) : null;
            return entries;
        };
        cluster.Delivers = message => message.To.Value != 3 || message.Type == MessageType.SnapshotOffer;
        cluster.RunFor(3 * Second);
        cluster[1].Propose("one more");
        cluster.RunFor(Second / 2);
        cluster[2].Replica.TakeSnapshot(new Snapshot());
        cluster[2].Run();
        cluster.Restart(3);

        var pieces = 0;
        cluster.Delivers = message =>
        {
            if (message is { Type: MessageType.SnapshotPiece, From.Value: 2 } && ++pieces % 3 == 0)
            {
                var offer = lower!.Value.Message with { From = new NodeId(1), Term = new Term(1) };
                cluster[3].Receive(offer, lower.Value.Entries);
            }

            return message.Type != MessageType.SnapshotRequest || message.To.Value == 2;
        };
        cluster.RunFor(10 * Second);

        Assert.True(pieces > 6, $"{pieces} pieces");
        var received = cluster[3].SnapshotFacts.Single(fact => fact.Kind == SnapshotFactKind.Received);
        Assert.Equal(new NodeId(2), received.Peer);
        Assert.Equal([.. expected, "one more"], cluster[3].Machine.Commands);
    }

    // The simulator's seed 6077: the state had come from elsewhere meanwhile, and the node took its term for
    // a leader's.
    [Fact]
    public void What_a_node_sends_that_does_not_lead_names_no_term()
    {
        var cluster = Lost(out _);
        var terms = new List<(ulong From, ulong Term)>();
        cluster.Delivers = message =>
        {
            if (message.Type is MessageType.SnapshotOffer or MessageType.SnapshotPiece)
            {
                terms.Add((message.From.Value, message.Term.Value));
            }

            return message.Type != MessageType.SnapshotRequest || message.To.Value == 2;
        };

        cluster.RunFor(8 * Second);

        Assert.NotEmpty(terms);
        Assert.All(terms, each => Assert.Equal((2UL, 0UL), each));
    }

    [Fact]
    public void It_acknowledges_and_votes_but_does_not_campaign_or_apply()
    {
        var cluster = Lost(out _);
        cluster.Delivers = message => message.Type
            is not (MessageType.SnapshotRequest or MessageType.SnapshotOffer);
        cluster.Isolate(2);
        var write = cluster[1].Propose("needs node 3");
        cluster.RunFor(Second / 2);
        Assert.Equal(OutcomeKind.Applied, write.Kind);
        Assert.Equal(LogIndex.Zero, cluster[3].Replica.Status.Applied);

        cluster.Heal();
        cluster.RunFor(Second);
        cluster.Isolate(1);
        cluster.RunFor(10 * Second);

        Assert.Equal(Role.Leader, cluster[2].Replica.Status.Role);
        Assert.Equal(Role.Follower, cluster[3].Replica.Status.Role);
        cluster.Heal();
        cluster.RunFor(2 * Second);
        cluster.Isolate(2);
        cluster.RunFor(10 * Second);
        Assert.Equal(Role.Leader, cluster[1].Replica.Status.Role);
        Assert.True(cluster[3].Replica.Status.IsStateMissing);
    }

    [Fact]
    public void One_of_a_later_term_that_was_durable_before_the_term_was_is_installed_by_the_next_starts()
    {
        var cluster = Lost(out _);
        cluster.Delivers = message => message.To.Value != 3 && message.From.Value != 3;
        cluster.Restart(1);
        cluster.RunFor(5 * Second);
        var leader = cluster.Nodes.Single(each => each.Replica.Status.Role == Role.Leader);
        for (var i = 0; i < 120; i++)
        {
            leader.Propose($"in a later term: {i}");
            cluster.Settle();
        }

        Assert.Equal(1ul, cluster[3].Replica.Status.Term.Value);

        cluster[3].HoldsDisk = true;
        cluster.Delivers = message => message.To.Value != 3 || message.Type
            is MessageType.SnapshotOffer or MessageType.SnapshotPiece;
        cluster.RunFor(10 * Second);
        Assert.Contains(cluster[3].SnapshotFacts, fact => fact.Kind == SnapshotFactKind.Received);
        Assert.True(cluster.Restart(3).Opened.IsInstallCompleted);
        Assert.True(cluster[3].Replica.Status.Term.Value >= 2);

        var node = cluster.Restart(3);

        Assert.False(node.Opened.IsInstallCompleted);
        Assert.True(node.Replica.Status.Term.Value >= 2);
        cluster.Delivers = _ => true;
        cluster.RunFor(3 * Second);
        Assert.Equal(leader.Machine.Commands, node.Machine.Commands);
    }

    [Fact]
    public void A_read_at_it_waits_until_its_state_is_back()
    {
        var cluster = Lost(out _);
        cluster.Delivers = message => message.Type is not MessageType.SnapshotRequest;
        cluster.RunFor(Second / 2);
        var read = cluster[3].Read();
        cluster.RunFor(Second);
        Assert.Empty(read.Outcomes);

        cluster.Delivers = _ => true;
        cluster.RunFor(5 * Second);

        Assert.True(Assert.Single(read.Outcomes).Ready);
    }

    [Fact]
    public void Nobody_else_is_sent_a_snapshot_by_it()
    {
        var cluster = Lost(out _);
        cluster.Delivers = message => message.Type is not MessageType.SnapshotRequest;
        cluster.RunFor(Second / 2);
        cluster[3].Sent.Clear();

        cluster[3].Receive(new Message
        {
            Type = MessageType.SnapshotRequest, From = new NodeId(2), To = new NodeId(3), Term = new Term(1),
            Position = new LogPosition(new LogIndex(1), new Term(1)),
        });

        Assert.DoesNotContain(cluster[3].Sent, sent => sent.Message.Type == MessageType.SnapshotOffer);
    }

    [Fact]
    public void One_that_has_no_snapshot_takes_one_for_whoever_asks()
    {
        var cluster = Lost(out var expected);
        foreach (var id in new[] { 1, 2 })
        {
            cluster[id].Disk.Delete(Assert.Single(cluster[id].Disk.Snapshots));
        }

        cluster.RunFor(10 * Second);

        Assert.Equal(expected, cluster[3].Machine.Commands);
    }

    [Fact]
    public void A_damaged_newest_falls_back_to_the_older_one_while_that_is_there()
    {
        var cluster = CatchingUp.Led(new ReplicaOptions { SnapshotEntries = 10, RetainedEntriesMin = 2 });
        TakingSnapshots.Write(cluster[1], 9);
        cluster.RunFor(Second / 5);
        cluster[3].HoldsSnapshots = true;
        TakingSnapshots.Write(cluster[1], 10);
        cluster.RunFor(Second / 5);
        // Saved, not read back yet.
        cluster[3].DoOneOfSnapshots();
        Assert.Equal(2, cluster[3].Disk.Snapshots.Count);
        cluster[3].Disk.Damage(cluster[3].Disk.Snapshots[^1]);

        var node = cluster.Restart(3);

        Assert.False(node.Opened.IsStateMissing);
        Assert.Equal(10ul, node.Opened.Applied.Value);
        cluster.RunFor(Second);
        Assert.Equal(cluster[1].Machine.Commands, node.Machine.Commands);
    }

    // Node 1 leads; node 3 was started again, and its snapshot is damaged.
    private static Harness.ReplicaCluster Lost(out List<string> expected)
    {
        var cluster = CatchingUp.Led(CatchingUp.Small);
        expected = [.. Enumerable.Range(0, 120).Select(number => $"write {number}")];
        foreach (var command in expected)
        {
            cluster[1].Propose(command);
            cluster.Settle();
        }

        cluster.RunFor(Second / 5);
        cluster[3].Disk.Damage(Assert.Single(cluster[3].Disk.Snapshots));
        var node = cluster.Restart(3);
        Assert.True(node.Opened.IsStateMissing);
        Assert.True(node.Replica.Status.IsStateMissing);
        return cluster;
    }
}
