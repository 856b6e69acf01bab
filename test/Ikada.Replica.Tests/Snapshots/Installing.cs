namespace Ikada.Replica.Tests.Snapshots;

/// <summary>A snapshot that arrived is put in force, in one order, whatever crashes in between.</summary>
public sealed class Installing
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void The_log_is_durable_before_the_state_is_restored_and_that_before_it_is_acknowledged()
    {
        var cluster = CatchingUp.Behind(out _);
        cluster[3].HoldsDisk = true;
        cluster[3].HoldsApply = true;
        cluster.Heal();
        cluster.RunFor(Second);
        var position = cluster[1].Replica.Status.SnapshotIndex;

        // The file is there, the log's record is not.
        Assert.Contains(cluster[3].SnapshotFacts, fact => fact.Kind == SnapshotFactKind.Received);
        Assert.Equal(position, cluster[3].Group.Base.Index);
        Assert.Equal(0, cluster[3].Machine.Restores);
        cluster[3].HoldsDisk = false;
        cluster[3].Run();
        Assert.DoesNotContain(cluster[3].Sent, Acknowledges);
        Assert.True(cluster[3].Replica.Status.Applied < position);
        cluster[3].HoldsApply = false;
        cluster[3].Run();

        Assert.Equal(1, cluster[3].Machine.Restores);
        Assert.Contains(cluster[3].Sent, Acknowledges);
        Assert.Equal(position, cluster[3].Replica.Status.Applied);

        bool Acknowledges((Message Message, LogEntry[] Entries) sent) =>
            sent.Message is { Type: MessageType.AppendReply, Reject: false }
                && sent.Message.Position.Index >= position;
    }

    [Theory]
    [InlineData("received")]
    [InlineData("log reset")]
    [InlineData("restored")]
    public void A_crash_after_any_step_is_made_good_by_the_next_start(string after)
    {
        var cluster = CatchingUp.Behind(out var expected);
        cluster[3].HoldsDisk = after == "received";
        cluster[3].HoldsApply = after != "restored";
        cluster.Heal();
        cluster.RunFor(Second);
        var position = cluster[1].Replica.Status.SnapshotIndex;
        Assert.Contains(cluster[3].SnapshotFacts, fact => fact.Kind == SnapshotFactKind.Received);
        Assert.Equal(after == "restored", cluster[3].Replica.Status.Applied >= position);
        cluster.Isolate(3);

        var node = cluster.Restart(3);

        Assert.Equal(after == "received", node.Opened.IsInstallCompleted);
        Assert.Equal(position, node.Opened.Applied);
        Assert.Equal(position, node.Group.Base.Index);
        Assert.Equal(expected[..((int)position.Value - 1)], node.Machine.Commands);
        Assert.True(node.Replica.Status.Commit >= position && node.Replica.Status.Last.Index >= position);
        Assert.True(node.Replica.Status.Term.Value >= 1);
        cluster.Heal();
        cluster.RunFor(2 * Second);
        Assert.Equal(expected, node.Machine.Commands);
    }

    [Fact]
    public void A_start_that_crashes_before_its_log_is_durable_completes_the_install_once_more()
    {
        var cluster = CatchingUp.Behind(out var expected);
        cluster[3].HoldsDisk = true;
        cluster.Heal();
        cluster.RunFor(Second);
        cluster.Isolate(3);
        cluster.StartsHoldDisk = true;
        Assert.True(cluster.Restart(3).Opened.IsInstallCompleted);
        cluster.StartsHoldDisk = false;

        var node = cluster.Restart(3);

        Assert.True(node.Opened.IsInstallCompleted);
        cluster.Heal();
        cluster.RunFor(2 * Second);
        Assert.Equal(expected, node.Machine.Commands);
    }

    // The simulator's seed 783020800365: what the snapshot covers was acknowledged while the log did not say
    // yet that it begins behind it.
    [Fact]
    public void An_install_completed_at_the_start_is_acknowledged_once_the_log_is_durable()
    {
        var cluster = CatchingUp.Behind(out _);
        cluster[3].HoldsDisk = true;
        cluster.Heal();
        cluster.RunFor(Second);
        cluster.StartsHoldDisk = true;
        var node = cluster.Restart(3);
        Assert.True(node.Opened.IsInstallCompleted);
        var acknowledged = 0;
        cluster.Delivers = message =>
        {
            var isOne = message is { From.Value: 3, Type: MessageType.AppendReply, Reject: false };
            acknowledged += isOne ? 1 : 0;
            return true;
        };
        cluster.RunFor(Second);
        Assert.Equal(0, acknowledged);

        node.HoldsDisk = false;
        node.Run();
        cluster.Settle();

        Assert.True(acknowledged > 0);
    }

    [Fact]
    public void A_write_at_a_place_that_a_snapshot_covers_is_unknown()
    {
        var cluster = CatchingUp.Led(CatchingUp.Small);
        cluster.Delivers = message => message.Type != MessageType.Append || message.To.Value != 3;
        var write = cluster[3].Propose("from the follower");
        cluster.Settle();
        for (var i = 0; i < 120; i++)
        {
            cluster[1].Propose($"other {i}");
            cluster.Settle();
        }

        cluster.Delivers = _ => true;
        cluster.RunFor(2 * Second);

        Assert.Equal(1, cluster[3].Machine.Restores);
        Assert.Contains("from the follower", cluster[3].Machine.Commands);
        Assert.Equal(OutcomeKind.Unknown, write.Kind);
    }

    [Fact]
    public void A_read_that_waits_for_what_a_snapshot_covers_is_ready()
    {
        // The empty entry and 99 more: the snapshot holds all there is, and nothing is applied after it.
        var cluster = CatchingUp.Led(CatchingUp.Small with { SnapshotEntries = 100, RetainedEntriesMin = 0 });
        cluster.Delivers = message => message.Type != MessageType.Append || message.To.Value != 3;
        for (var i = 0; i < 99; i++)
        {
            cluster[1].Propose($"other {i}");
            cluster.Settle();
        }

        cluster.Delivers = message => message.Type is not (MessageType.Append or MessageType.SnapshotOffer)
            || message.To.Value != 3;
        var read = cluster[3].Read();
        cluster.RunFor(Second / 10);
        Assert.Empty(read.Outcomes);
        cluster.Delivers = _ => true;
        cluster.RunFor(2 * Second);

        Assert.Equal(1, cluster[3].Machine.Restores);
        Assert.True(Assert.Single(read.Outcomes).Ready);
    }

    [Fact]
    public void Apply_that_is_under_way_is_through_before_the_state_is_replaced()
    {
        var cluster = CatchingUp.Led(CatchingUp.Small);
        cluster[3].HoldsApply = true;
        cluster[1].Propose("first");
        cluster.RunFor(Second / 5);
        cluster.Isolate(3);
        for (var i = 0; i < 120; i++)
        {
            cluster[1].Propose($"other {i}");
            cluster.Settle();
        }

        cluster.Heal();
        cluster.RunFor(2 * Second);
        cluster[3].HoldsApply = false;
        cluster[3].Run();
        cluster.RunFor(Second);

        Assert.Equal(cluster[1].Machine.Commands, cluster[3].Machine.Commands);
        Assert.Equal(1, cluster[3].Machine.Restores);
    }

    [Fact]
    public void A_snapshot_that_cannot_be_read_once_the_log_was_reset_stops_the_node_and_the_next_start_asks()
    {
        var cluster = CatchingUp.Behind(out var expected);
        cluster[3].HoldsDisk = true;
        cluster.Heal();
        cluster.RunFor(Second);
        cluster[3].Disk.Damage(Assert.Single(cluster[3].Disk.Snapshots));
        cluster[3].HoldsDisk = false;
        cluster[3].Run();
        Assert.Contains("cannot be read", cluster[3].Stopped, StringComparison.Ordinal);

        var node = cluster.Restart(3);
        Assert.True(node.Opened.IsStateMissing);
        cluster.RunFor(5 * Second);

        Assert.Equal(expected, node.Machine.Commands);
        Assert.False(node.Replica.Status.IsStateMissing);
    }
}
