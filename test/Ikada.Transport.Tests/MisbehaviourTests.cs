using System.Buffers;
using System.Net.Sockets;
using Ikada.Consensus;
using Ikada.Wire;

namespace Ikada.Transport.Tests;

public sealed class MisbehaviourTests
{
    [Fact]
    public async Task Another_protocol_at_the_door_is_refused_with_a_reason()
    {
        var endPoints = Cluster.FreeEndPoints(2);
        await using var a = await Cluster.StartAsync(Cluster.Options(0, endPoints));
        using var raw = await RawPeer.ConnectAsync(endPoints[0]);
        await raw.SendAsync("GET /health HTTP/1.1\r\n\r\n"u8.ToArray());
        await Cluster.UntilAsync(
            () => a.Log.Contains("Refused", "NotAGreeting", "a frame starts with"), () => a.Log.Text);
        Assert.Empty(a.Recorder.Events);
    }

    [Fact]
    public async Task Garbage_after_the_handshake_closes_the_connection_and_nothing_else()
    {
        var endPoints = Cluster.FreeEndPoints(2);
        await using var a = await Cluster.StartAsync(Cluster.Options(0, endPoints));
        var frame = Frame(Cluster.Sender(1), Cluster.Append(1, 0, 1, 100));
        frame[^1] ^= 1;
        using var raw = await RawPeer.JoinAsync(endPoints[0], Cluster.Sender(1), to: 0);
        await raw.SendAsync(frame);
        await Cluster.UntilAsync(() => a.Log.Contains("broke the protocol", "checksum"), () => a.Log.Text);
        Assert.Equal(1, a.Recorder.CountOf($"closed {Cluster.Node(1)}"));
        Assert.Empty(a.Recorder.Messages);

        using var again = await RawPeer.JoinAsync(endPoints[0], Cluster.Sender(1), to: 0);
        await again.SendAsync(Frame(Cluster.Sender(1), Cluster.Append(1, 0, 1, 100)));
        await Cluster.UntilAsync(() => a.Recorder.Messages.Count == 1, () => a.Log.Text);
    }

    [Fact]
    public async Task A_frame_over_the_limit_closes_the_connection_naming_both_sizes()
    {
        var endPoints = Cluster.FreeEndPoints(2);
        await using var a =
            await Cluster.StartAsync(Cluster.Options(0, endPoints) with { FrameBytesMax = 8192 });
        using var raw = await RawPeer.JoinAsync(endPoints[0], Cluster.Sender(1), to: 0);
        var frame = Frame(Cluster.Sender(1), Cluster.Append(1, 0, 1, 9000));
        await raw.SendAsync(frame);
        await Cluster.UntilAsync(
            () => a.Log.Contains("broke the protocol", $"{frame.Length} bytes", "8192 bytes"),
            () => a.Log.Text);
    }

    [Fact]
    public async Task A_frame_of_another_start_on_the_connection_closes_it()
    {
        var endPoints = Cluster.FreeEndPoints(2);
        await using var a = await Cluster.StartAsync(Cluster.Options(0, endPoints));
        using var raw = await RawPeer.JoinAsync(endPoints[0], Cluster.Sender(1, start: 2), to: 0);
        await raw.SendAsync(Frame(Cluster.Sender(1, start: 1), Cluster.Append(1, 0, 1, 10)));
        await Cluster.UntilAsync(
            () => a.Log.Contains("broke the protocol", "start 1", "start 2"), () => a.Log.Text);
        Assert.Empty(a.Recorder.Messages);
    }

    [Fact]
    public async Task Who_says_its_hello_byte_by_byte_is_cut_off_after_the_limit_for_all_of_it()
    {
        var endPoints = Cluster.FreeEndPoints(2);
        await using var a = await Cluster.StartAsync(Cluster.Options(0, endPoints) with
        {
            HandshakeTimeout = TimeSpan.FromMilliseconds(300),
        });
        using var slow = await RawPeer.ConnectAsync(endPoints[0]);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(
            TestContext.Current.CancellationToken);
        var dripping = DripAsync(slow, stop.Token);

        await Cluster.UntilAsync(
            () => a.Log.Contains("its hello was not there after 300 ms"), () => a.Log.Text);
        Assert.Equal(default, await slow.ReadAsync());
        await stop.CancelAsync();
        await dripping;
    }

    private static async Task DripAsync(RawPeer peer, CancellationToken stop)
    {
        var hello = new ArrayBufferWriter<byte>();
        FrameWriter.WriteHello(
            hello, Cluster.Sender(1), Cluster.Node(0), Greeting.Create(Cluster.Id, 1 << 20));
        try
        {
            // The last byte never comes.
            for (var i = 0; i < hello.WrittenCount - 1; i++)
            {
                await peer.SendAsync(hello.WrittenMemory.Slice(i, 1));
                await Task.Delay(20, stop);
            }
        }
        catch (Exception end) when (end is SocketException or OperationCanceledException)
        {
            // Cut off, which is what is tested.
            _ = end;
        }
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_closed()
    {
        var endPoints = Cluster.FreeEndPoints(2);
        await using var a =
            await Cluster.StartAsync(Cluster.Options(0, endPoints) with { IncomingConnectionsMax = 2 });
        using var held = await RawPeer.JoinAsync(endPoints[0], Cluster.Sender(1), to: 0);
        using var aside =
            await RawPeer.JoinAsync(endPoints[0], Cluster.Sender(1), to: 0, forSnapshots: true);
        using var more = await RawPeer.ConnectAsync(endPoints[0]);
        Assert.Equal(default, await more.ReadAsync());
        Assert.True(a.Log.Contains("2 connections are open"), a.Log.Text);
    }

    private static byte[] Frame(FrameSender sender, (Message Message, Primitives.LogEntry[] Entries) append)
    {
        var writer = new ArrayBufferWriter<byte>();
        FrameWriter.WriteMessage(writer, Cluster.Group, sender, append.Message, append.Entries);
        return writer.WrittenSpan.ToArray();
    }
}
