using Ikada.Log;

namespace Ikada.Replica.Tests.Snapshots;

/// <summary>What happens to a snapshot on its way.</summary>
public sealed class Transfers
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Another_leader_goes_on_where_the_first_one_left_off()
    {
        var cluster = CatchingUp.Behind(out var expected);
        var pieces = 0;
        cluster.Delivers = message => message.Type != MessageType.SnapshotPiece || ++pieces <= 10;
        cluster.Heal();
        cluster.RunFor(Second / 2);
        cluster.Delivers = _ => true;
        cluster.Isolate(1);
        Assert.Equal(cluster[1].Replica.Status.SnapshotIndex, cluster[2].Replica.Status.SnapshotIndex);

        cluster.RunFor(10 * Second);

        Assert.Equal(expected, cluster[3].Machine.Commands);
        var received = Assert.Single(
            cluster[3].SnapshotFacts, fact => fact.Kind == SnapshotFactKind.Received);
        Assert.Equal((new NodeId(2), received.Bytes), (received.Peer, received.BytesMoved));
    }

    [Fact]
    public void What_arrives_damaged_is_dropped_and_sent_anew()
    {
        var cluster = CatchingUp.Behind(out var expected);
        var pieces = 0;
        cluster.Alters = (message, entries) =>
        {
            if (message.Type != MessageType.SnapshotPiece || ++pieces != 5)
            {
                return entries;
            }

            var body = entries[0].Body.ToArray();
            body[7] ^= 1;
            return [entries[0] with { Body = body }];
        };

        cluster.Heal();
        cluster.RunFor(5 * Second);

        Assert.Equal(expected, cluster[3].Machine.Commands);
        Assert.Equal(1, cluster[3].Machine.Restores);
        Assert.Contains(
            cluster[3].SnapshotFacts,
            fact => fact.Kind == SnapshotFactKind.Failed
                && fact.Reason!.Contains("damaged", StringComparison.Ordinal));
    }

    [Fact]
    public void One_that_is_damaged_at_its_sender_is_never_installed_and_a_new_one_is_taken()
    {
        var cluster = CatchingUp.Behind(out var expected);
        cluster[1].Disk.Damage(Assert.Single(cluster[1].Disk.Snapshots));

        cluster.Heal();
        cluster.RunFor(5 * Second);

        Assert.Equal(expected, cluster[3].Machine.Commands);
        Assert.Equal(1, cluster[3].Machine.Restores);
        Assert.Contains(cluster[1].SnapshotFacts, fact => fact.Kind == SnapshotFactKind.Failed);
    }

    [Fact]
    public void A_leader_whose_snapshot_is_gone_takes_one_at_once()
    {
        var cluster = CatchingUp.Behind(out var expected);
        cluster[1].Disk.Delete(Assert.Single(cluster[1].Disk.Snapshots));

        cluster.Heal();
        cluster.RunFor(5 * Second);

        Assert.Equal(expected, cluster[3].Machine.Commands);
    }

    [Fact]
    public void All_transfers_together_keep_to_a_rate()
    {
        var options = CatchingUp.Small with { SnapshotBytesPerSecondMax = 1000 };
        var cluster = CatchingUp.Behind(out var expected, options: options);
        var size = cluster[1].Disk.GetLength(Assert.Single(cluster[1].Disk.Snapshots));

        Rejoin(cluster);
        cluster.RunFor(Second);
        Assert.InRange(cluster.Delivered(MessageType.SnapshotPiece), 800, 1200);
        Assert.Equal(0, cluster[3].Machine.Restores);
        cluster.RunFor(Second * (size / 1000.0));

        Assert.Equal(1, cluster[3].Machine.Restores);
        Assert.Equal(expected, cluster[3].Machine.Commands);
        Assert.Equal(size, cluster.Delivered(MessageType.SnapshotPiece));
    }

    [Fact]
    public void No_more_pieces_are_on_their_way_than_allowed()
    {
        var cluster = CatchingUp.Behind(out _, options: CatchingUp.Small with { SnapshotPiecesInFlight = 3 });
        cluster[3].HoldsSnapshots = true;

        Rejoin(cluster);
        cluster.RunFor(Second / 2);

        Assert.Equal(3 * 64, cluster.Delivered(MessageType.SnapshotPiece));
    }

    [Fact]
    public void A_full_queue_holds_a_transfer_up_and_loses_nothing()
    {
        var cluster = CatchingUp.Behind(out var expected);
        cluster[1].FullFor = MessageType.SnapshotPiece;
        cluster.Heal();
        cluster.RunFor(Second);
        Assert.Equal(0, cluster.Delivered(MessageType.SnapshotPiece));

        cluster[1].FullFor = MessageType.None;
        cluster.RunFor(Second);

        Assert.Equal(expected, cluster[3].Machine.Commands);
    }

    [Fact]
    public void An_answer_that_was_lost_is_asked_for_again()
    {
        var cluster = CatchingUp.Behind(out var expected);
        var answers = 0;
        cluster.Delivers = message => message.Type != MessageType.SnapshotAnswer || ++answers % 3 != 1;

        cluster.Heal();
        cluster.RunFor(60 * Second);

        Assert.Equal(expected, cluster[3].Machine.Commands);
        Assert.Equal(0, cluster[1].Replica.Status.SnapshotsSending);
    }

    [Fact]
    public void Messages_that_come_twice_late_or_out_of_order_change_nothing()
    {
        var cluster = CatchingUp.Behind(out var expected);
        var kept = new List<(Message Message, LogEntry[] Entries)>();
        cluster.Alters = (message, entries) =>
        {
            if (message.Type is MessageType.SnapshotPiece or MessageType.SnapshotAnswer
                or MessageType.SnapshotOffer)
            {
                kept.Add((message, entries));
                if (kept.Count % 4 == 0)
                {
                    var (old, carried) = kept[kept.Count / 2];
                    cluster[(int)old.To.Value].Receive(old, carried);
                }
            }

            return entries;
        };

        cluster.Heal();
        cluster.RunFor(20 * Second);
        foreach (var (message, entries) in kept)
        {
            cluster[(int)message.To.Value].Receive(message, entries);
        }

        cluster.RunFor(Second);
        Assert.Equal(expected, cluster[3].Machine.Commands);
        Assert.Equal(1, cluster[3].Machine.Restores);
    }

    [Fact]
    public void An_answer_to_an_earlier_offer_is_not_taken_for_one_to_the_last()
    {
        var cluster = CatchingUp.Behind(out _);
        Message? answer = null;
        var pieces = 0;
        cluster.Delivers = message =>
        {
            answer = message.Type == MessageType.SnapshotAnswer ? message : answer;
            return message.Type != MessageType.SnapshotPiece || ++pieces <= 10;
        };
        Rejoin(cluster);
        cluster.RunFor(Second / 5);
        cluster.Delivers = message => message.Type is not MessageType.SnapshotAnswer;
        cluster.Reconnect(cluster[1], cluster[3]);
        cluster[1].Sent.RemoveAll(sent => sent.Message.Type == MessageType.SnapshotPiece);

        cluster[1].Receive(answer!.Value);

        Assert.DoesNotContain(cluster[1].Sent, sent => sent.Message.Type == MessageType.SnapshotPiece);
    }

    [Fact]
    public void A_receiver_without_space_refuses_for_a_while_and_takes_it_later()
    {
        var options = CatchingUp.Small with { SnapshotRetryDelay = 5 * Second };
        var cluster = CatchingUp.Behind(out var expected, options: options);
        cluster[3].Disk.WriteFails = name => name.EndsWith(".part", StringComparison.Ordinal)
            ? new DiskException("pwrite", name, "no space left on device", isNoSpace: true) : null;

        cluster.Heal();
        cluster.RunFor(4 * Second);
        Assert.Single(cluster[3].SnapshotFacts, fact => fact.Kind == SnapshotFactKind.Failed);
        Assert.Null(cluster[3].Stopped);
        cluster[3].Disk.WriteFails = _ => null;
        cluster.RunFor(3 * Second);

        Assert.Equal(expected, cluster[3].Machine.Commands);
    }

    [Fact]
    public void A_deposed_leader_stops_sending()
    {
        var cluster = CatchingUp.Behind(out var expected);
        cluster.Delivers = message => message.Type != MessageType.SnapshotPiece;
        cluster.Heal();
        cluster.RunFor(Second / 2);
        Assert.Equal(1, cluster[1].Replica.Status.SnapshotsSending);

        cluster.Elect(2);
        Assert.Equal(0, cluster[1].Replica.Status.SnapshotsSending);
        cluster.Delivers = _ => true;
        cluster.RunFor(3 * Second);

        Assert.Equal(expected, cluster[3].Machine.Commands);
    }

    [Fact]
    public void A_follower_that_catches_up_by_the_log_forgets_what_it_had_received()
    {
        var cluster = CatchingUp.Behind(out var expected);
        var pieces = 0;
        cluster.Delivers = message => message.Type != MessageType.SnapshotPiece || ++pieces <= 5;
        Rejoin(cluster);
        cluster.RunFor(Second / 2);
        Assert.True(cluster[3].Replica.Status.IsReceivingSnapshot);

        // Node 2 has all of its log.
        cluster.Delivers = _ => true;
        cluster.Isolate(1);
        cluster[2].Disk.Delete(Assert.Single(cluster[2].Disk.Snapshots));
        cluster.RunFor(10 * Second);

        Assert.Equal(expected, cluster[3].Machine.Commands);
        Assert.False(cluster[3].Replica.Status.IsReceivingSnapshot);
        Assert.DoesNotContain(
            cluster[3].Disk.List(), name => name.EndsWith(".part", StringComparison.Ordinal));
    }

    private static void Rejoin(ReplicaCluster cluster)
    {
        cluster.Heal();
        cluster.Reconnect(cluster[1], cluster[3]);
    }
}
