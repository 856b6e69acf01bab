using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Wire;

namespace Ikada.Transport.Tests;

public sealed class SnapshotConnectionTests
{
    private const string Opened = "Connection for snapshots to node a1";
    private readonly IPEndPoint[] _endPoints = Cluster.FreeEndPoints(2);

    [Fact]
    public async Task Pieces_that_are_not_taken_hold_up_no_heartbeat_and_arrive_in_order()
    {
        await using var a = await Cluster.StartAsync(Cluster.Options(0, _endPoints));
        await using var b = await Cluster.StartAsync(Cluster.Options(1, _endPoints));
        await a.ConnectedAsync(1);
        b.Recorder.Takes.Reset();
        await SendPieceAsync(a, 0);
        // More than the kernel's buffers of both sides hold.
        for (ulong offset = 1; offset < 40; offset++)
        {
            Assert.True(SendPiece(a, offset));
        }

        for (ulong round = 0; round < 10; round++)
        {
            Assert.True(a.Send(Cluster.Heartbeat(0, 1, round)));
            a.Transport.Flush();
        }

        await Cluster.UntilAsync(() => b.Recorder.Messages.Count == 10, () => b.Log.Text);
        Assert.All(b.Recorder.Messages, one => Assert.Equal(MessageType.Heartbeat, one.Message.Type));
        b.Recorder.Takes.Set();
        await Cluster.UntilAsync(() => b.Recorder.Messages.Count == 50, () => b.Log.Text);
        Assert.Equal(
            Enumerable.Range(0, 40), b.Recorder.Messages.Skip(10).Select(one => (int)one.Message.Round));
    }

    [Fact]
    public async Task The_connection_is_opened_for_an_offer_and_closed_when_idle_without_an_event()
    {
        await using var a = await Cluster.StartAsync(Cluster.Options(0, _endPoints) with
        {
            SnapshotConnectionIdleMax = TimeSpan.FromMilliseconds(50),
        });
        await using var b = await Cluster.StartAsync(Cluster.Options(1, _endPoints));
        await a.ConnectedAsync(1);
        await b.ConnectedAsync(0);
        Assert.Equal(0, a.Log.CountOf(Opened));
        var (before, beforeB) = (a.Recorder.Events.Count, b.Recorder.Events.Count);

        var offer = Cluster.Heartbeat(0, 1, 1) with { Type = MessageType.SnapshotOffer };
        Assert.True(a.Send(offer));
        await Cluster.UntilAsync(() => a.Log.Contains(Opened, "opened"), () => a.Log.Text);
        await Cluster.UntilAsync(() => a.Log.Contains(Opened, "it was idle"), () => a.Log.Text);
        await Cluster.UntilAsync(
            () => b.Log.CountOf("Connection of node a0", "ended") == 1, () => b.Log.Text);

        await SendPieceAsync(a, 7);
        await Cluster.UntilAsync(() => b.Recorder.Messages.Count == 2, () => b.Log.Text);
        Assert.Equal(before, a.Recorder.Events.Count);
        Assert.Equal(beforeB, b.Recorder.Events.Count);
        Assert.True(a.Send(Cluster.Heartbeat(0, 1, 2)));
    }

    [Fact]
    public async Task A_lost_connection_for_snapshots_is_opened_again_and_is_no_lost_peer()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(_endPoints[1]);
        listener.Listen();
        await using var a = await Cluster.StartAsync(Cluster.Options(0, _endPoints));
        using var main = await RawPeer.AcceptAsync(listener, Cluster.Sender(1), from: 0, 1 << 20);
        await Cluster.UntilAsync(() => a.Send(Cluster.Heartbeat(0, 1, 1)), () => a.Log.Text);
        Assert.False(SendPiece(a, 1));
        using (var aside = await AcceptAsideAsync(listener))
        {
            await SendPieceAsync(a, 1);
            Assert.Equal(FrameType.Message, (await aside.ReadAsync()).Type);
        }

        await Cluster.UntilAsync(() => a.Log.Contains(Opened, "ended"), () => a.Log.Text);
        Assert.False(SendPiece(a, 2));
        using var again = await AcceptAsideAsync(listener);
        await SendPieceAsync(a, 2);
        Assert.Equal(FrameType.Message, (await again.ReadAsync()).Type);
        Assert.Empty(a.Recorder.Events);
        Assert.True(a.Send(Cluster.Heartbeat(0, 1, 2)));
    }

    [Fact]
    public async Task Pieces_that_find_no_room_are_refused_and_congest_nobody()
    {
        await using var a = await Cluster.StartAsync(Cluster.Options(0, _endPoints) with
        {
            FrameBytesMax = 2 << 20,
            QueueBytesMax = 2 << 20,
        });
        await using var b = await Cluster.StartAsync(Cluster.Options(1, _endPoints));
        await a.ConnectedAsync(1);
        b.Recorder.Takes.Reset();
        await SendPieceAsync(a, 0);
        await Cluster.UntilAsync(() => !SendPiece(a, 1), () => a.Log.Text);
        Assert.Equal(0, a.Recorder.CountOf($"congested {Cluster.Node(1)}"));
        var (append, entries) = Cluster.Append(0, 1, 1, 1000);
        Assert.True(a.Send(append, entries));
        b.Recorder.Takes.Set();
        await Cluster.UntilAsync(() => SendPiece(a, 1), () => a.Log.Text);
        Assert.Equal(0, a.Recorder.CountOf($"drained {Cluster.Node(1)}"));
    }

    [Fact]
    public async Task Anything_but_a_piece_breaks_the_connection_for_pieces()
    {
        await using var a = await Cluster.StartAsync(Cluster.Options(0, _endPoints));
        using var raw = await RawPeer.JoinAsync(_endPoints[0], Cluster.Sender(1), to: 0, forSnapshots: true);
        await raw.SendAsync(Frame(Cluster.Piece(1, 0, 5, 100)));
        await raw.SendAsync(Frame(Cluster.Append(1, 0, 1, 100)));
        await Cluster.UntilAsync(
            () => a.Log.Contains("broke the protocol", "Append came on a connection for pieces"),
            () => a.Log.Text);
        Assert.Equal(MessageType.SnapshotPiece, Assert.Single(a.Recorder.Messages).Message.Type);
        Assert.Empty(a.Recorder.Events);
    }

    [Fact]
    public async Task A_second_connection_for_snapshots_takes_the_place_of_the_first_alone()
    {
        await using var a = await Cluster.StartAsync(Cluster.Options(0, _endPoints));
        using var main = await RawPeer.JoinAsync(_endPoints[0], Cluster.Sender(1), to: 0);
        using var first =
            await RawPeer.JoinAsync(_endPoints[0], Cluster.Sender(1), to: 0, forSnapshots: true);
        using var second =
            await RawPeer.JoinAsync(_endPoints[0], Cluster.Sender(1), to: 0, forSnapshots: true);
        Assert.Equal(default, await first.ReadAsync());
        await second.SendAsync(Frame(Cluster.Piece(1, 0, 5, 100)));
        await main.SendAsync(Frame(Cluster.Append(1, 0, 1, 100)));
        await Cluster.UntilAsync(() => a.Recorder.Messages.Count == 2, () => a.Log.Text);
        Assert.Equal([$"opened {Cluster.Node(1)}"], a.Recorder.Events);
    }

    private static Task<RawPeer> AcceptAsideAsync(Socket listener) =>
        RawPeer.AcceptAsync(listener, Cluster.Sender(1), from: 0, 2 << 20, FrameType.SnapshotHello);

    private static bool SendPiece(Peer peer, ulong offset)
    {
        var (message, entries) = Cluster.Piece(0, 1, offset, 1 << 20);
        var isQueued = peer.Send(message, entries);
        peer.Transport.Flush();
        return isQueued;
    }

    private static Task SendPieceAsync(Peer peer, ulong offset) =>
        Cluster.UntilAsync(() => SendPiece(peer, offset), () => peer.Log.Text);

    private static byte[] Frame((Message Message, LogEntry[] Entries) content)
    {
        var writer = new ArrayBufferWriter<byte>();
        FrameWriter.WriteMessage(
            writer, Cluster.Group, Cluster.Sender(1), content.Message, content.Entries);
        return writer.WrittenSpan.ToArray();
    }
}
