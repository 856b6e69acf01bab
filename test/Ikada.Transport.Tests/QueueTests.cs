using System.Net;
using System.Net.Sockets;
using Ikada.Wire;

namespace Ikada.Transport.Tests;

public sealed class QueueTests : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly IPEndPoint[] _endPoints = Cluster.FreeEndPoints(2);

    public QueueTests()
    {
        _listener.Bind(_endPoints[1]);
        _listener.Listen();
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_full_queue_is_told_once_leaves_room_for_heartbeats_and_is_told_again_when_it_drains()
    {
        await using var a = await Cluster.StartAsync(Small());
        using var raw = await RawPeer.AcceptAsync(_listener, Cluster.Sender(1), from: 0, 1 << 20);
        await Cluster.UntilAsync(() => a.Send(Cluster.Heartbeat(0, 1, 0)), () => a.Log.Text);

        var sent = 1 + Fill(a);
        Assert.Equal(1, a.Recorder.CountOf($"congested {Cluster.Node(1)}"));
        Assert.False(Offer(a, 1));
        Assert.Equal(1, a.Recorder.CountOf($"congested {Cluster.Node(1)}"));
        Assert.True(a.Send(Cluster.Heartbeat(0, 1, 1)));
        sent++;
        Assert.Equal(0, a.Recorder.CountOf($"drained {Cluster.Node(1)}"));

        // The peer reads: all that was accepted arrives, and the queue is open again.
        for (var i = 0; i < sent; i++)
        {
            Assert.Equal(FrameType.Message, (await raw.ReadAsync()).Type);
        }

        await Cluster.UntilAsync(
            () => a.Recorder.CountOf($"drained {Cluster.Node(1)}") == 1, () => a.Log.Text);
        Assert.True(Offer(a, 1));
        Assert.Empty(a.Recorder.Dropped);
    }

    [Fact]
    public async Task What_a_broken_connection_did_not_send_is_reported_and_nothing_is_dropped_unseen()
    {
        await using var a = await Cluster.StartAsync(Small());
        int accepted;
        using (await RawPeer.AcceptAsync(_listener, Cluster.Sender(1), from: 0, 1 << 20))
        {
            await Cluster.UntilAsync(() => Offer(a, 1), () => a.Log.Text);
            accepted = 1 + Fill(a);
        }

        await Cluster.UntilAsync(
            () => a.Recorder.CountOf($"closed {Cluster.Node(1)}") == 1, () => a.Log.Text);
        var dropped = a.Recorder.Dropped.ToArray();
        Assert.NotEmpty(dropped);

        // What left before the break is the head of what was accepted, the dropped are its tail: no gap
        // between them.
        var lowest = dropped.Min(message => message.End.Value);
        Assert.Equal(
            Enumerable.Range((int)lowest, accepted - (int)lowest + 1).Select(index => (ulong)index),
            dropped.Select(message => message.End.Value));
        Assert.False(Offer(a, (ulong)accepted + 1));
    }

    [Fact]
    public async Task All_that_was_accepted_is_received_or_reported_as_dropped_or_was_under_way()
    {
        await using var a = await Cluster.StartAsync(Small());
        var received = 0;
        int accepted;
        using (var raw = await RawPeer.AcceptAsync(_listener, Cluster.Sender(1), from: 0, 1 << 20))
        {
            await Cluster.UntilAsync(() => Offer(a, 1), () => a.Log.Text);
            accepted = 1 + Fill(a);
            for (; received < 20; received++)
            {
                Assert.Equal(FrameType.Message, (await raw.ReadAsync()).Type);
            }
        }

        await Cluster.UntilAsync(
            () => a.Recorder.CountOf($"closed {Cluster.Node(1)}") == 1, () => a.Log.Text);
        Assert.All(a.Recorder.Dropped, message => Assert.True(message.End.Value > (ulong)received));
        Assert.True(received + a.Recorder.Dropped.Count <= accepted);
    }

    [Fact]
    public async Task A_message_over_the_peers_limit_is_refused_and_logged_with_its_size()
    {
        await using var a = await Cluster.StartAsync(Small());
        using var raw = await RawPeer.AcceptAsync(_listener, Cluster.Sender(1), from: 0, frameBytesMax: 4096);
        await Cluster.UntilAsync(() => a.Send(Cluster.Heartbeat(0, 1, 0)), () => a.Log.Text);
        Assert.False(Offer(a, 1));
        Assert.True(a.Log.Contains("Append", "not sent", "4096 bytes"), a.Log.Text);
        Assert.Equal(0, a.Recorder.CountOf($"congested {Cluster.Node(1)}"));
    }

    private TransportOptions Small() => Cluster.Options(0, _endPoints) with
    {
        FrameBytesMax = 1 << 20,
        QueueBytesMax = 2 << 20,
    };

    private static bool Offer(Peer peer, ulong index)
    {
        var (message, entries) = Cluster.Append(0, 1, index, 50_000);
        return peer.Send(message, entries);
    }

    // Sends without being read until the queue is full; the kernel's buffers take some of it.
    private static int Fill(Peer peer)
    {
        for (var accepted = 0; ; accepted++)
        {
            if (!Offer(peer, (ulong)accepted + 2))
            {
                return accepted;
            }

            peer.Transport.Flush();
            Assert.True(accepted < 10_000, "the queue has no bound");
        }
    }
}
