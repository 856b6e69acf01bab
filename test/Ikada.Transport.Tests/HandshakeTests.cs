using System.Buffers;
using Ikada.Primitives;
using Ikada.Wire;

namespace Ikada.Transport.Tests;

public sealed class HandshakeTests
{
    [Fact]
    public async Task A_peer_of_another_cluster_is_refused_and_both_sides_say_so()
    {
        var endPoints = Cluster.FreeEndPoints(2);
        await using var a = await Cluster.StartAsync(Cluster.Options(0, endPoints));
        await using var b =
            await Cluster.StartAsync(Cluster.Options(1, endPoints) with { Cluster = new ClusterId(0xBAD) });

        await BothSayAsync(a, b, "WrongCluster", "cluster bad", "directory of another cluster");
        Assert.Empty(a.Recorder.Events);
        Assert.False(a.Send(Cluster.Heartbeat(0, 1, 1)));
    }

    [Fact]
    public async Task A_peer_that_means_another_node_is_refused_and_both_sides_say_so()
    {
        var endPoints = Cluster.FreeEndPoints(2);
        await using var a = await Cluster.StartAsync(Cluster.Options(0, endPoints));
        await using var b = await Cluster.StartAsync(
            Cluster.Options(1, endPoints) with { Peers = [new PeerAddress(new NodeId(0xEE), endPoints[0])] });
        await BothSayAsync(a, b, "WrongTarget", "means node ee", "this is node a0");
    }

    [Fact]
    public async Task A_node_that_is_no_member_is_refused_and_both_sides_say_so()
    {
        var endPoints = Cluster.FreeEndPoints(2);
        await using var a = await Cluster.StartAsync(Cluster.Options(0, endPoints));
        await using var b =
            await Cluster.StartAsync(Cluster.Options(1, endPoints) with { Self = Cluster.Sender(5) });
        await BothSayAsync(a, b, "UnknownMember", "node a5", "node a0");
    }

    [Fact]
    public async Task A_start_count_below_the_highest_seen_of_that_incarnation_is_refused()
    {
        var endPoints = Cluster.FreeEndPoints(2);
        await using var a = await Cluster.StartAsync(Cluster.Options(0, endPoints));
        using (await RawPeer.JoinAsync(endPoints[0], Cluster.Sender(1, start: 7), to: 0))
        {
        }

        var rejection = await RejectionAsync(endPoints[0], Cluster.Sender(1, start: 6));
        Assert.Equal(RejectReason.StaleStartCount, rejection.Reason);
        Assert.Contains("start 6", rejection.Text, StringComparison.Ordinal);
        Assert.Contains("start 7", rejection.Text, StringComparison.Ordinal);
        Assert.True(a.Log.Contains("StaleStartCount", "start 6", "start 7", "with an empty directory"));

        // The same start may come again, and another incarnation counts from its own beginning.
        using var same = await RawPeer.JoinAsync(endPoints[0], Cluster.Sender(1, start: 7), to: 0);
        using var wiped = await RawPeer.JoinAsync(
            endPoints[0], Cluster.Sender(1) with { Incarnation = new Incarnation(99) }, to: 0);
    }

    [Fact]
    public async Task A_dialler_refuses_an_answer_from_another_node()
    {
        var endPoints = Cluster.FreeEndPoints(3);
        await using var b = await Cluster.StartAsync(Cluster.Options(1, endPoints));
        IReadOnlyList<PeerAddress> swapped = [new PeerAddress(Cluster.Node(2), endPoints[1])];
        await using var a = await Cluster.StartAsync(Cluster.Options(0, endPoints) with { Peers = swapped });
        await Cluster.UntilAsync(() => a.Log.Contains("WrongTarget", "node a2", "node a1"), () => a.Log.Text);
    }

    [Fact]
    public async Task Another_protocol_version_is_answered_with_both_versions()
    {
        var endPoints = Cluster.FreeEndPoints(2);
        await using var a = await Cluster.StartAsync(Cluster.Options(0, endPoints));
        var hello = new ArrayBufferWriter<byte>();
        FrameWriter.WriteHello(
            hello, Cluster.Sender(1), Cluster.Node(0), new Greeting(Cluster.Id, 2, 3, 1 << 20));
        using var raw = await RawPeer.ConnectAsync(endPoints[0]);
        await raw.SendAsync(hello.WrittenMemory);
        Assert.Equal(FrameType.Reject, (await raw.ReadAsync()).Type);
        await Cluster.UntilAsync(
            () => a.Log.Contains("format versions 2 to 3", "format version 1", "a newer Ikada"),
            () => a.Log.Text);
    }

    private static Task BothSayAsync(
        Peer refuses, Peer refused, string reason, string found, string expected) =>
        Cluster.UntilAsync(
            () => refuses.Log.Contains("Refused", reason, found, expected)
                && refused.Log.Contains("it refuses us", reason, found, expected),
            () => $"{refuses.Log.Text}\n---\n{refused.Log.Text}");

    private static async Task<Rejection> RejectionAsync(System.Net.IPEndPoint endPoint, FrameSender sender)
    {
        using var socket = new System.Net.Sockets.Socket(
            endPoint.AddressFamily,
            System.Net.Sockets.SocketType.Stream,
            System.Net.Sockets.ProtocolType.Tcp);
        await socket.ConnectAsync(endPoint, TestContext.Current.CancellationToken);
        var hello = new ArrayBufferWriter<byte>();
        FrameWriter.WriteHello(hello, sender, Cluster.Node(0), Greeting.Create(Cluster.Id, 1 << 20));
        await socket.SendAsync(hello.WrittenMemory, TestContext.Current.CancellationToken);
        var bytes = new byte[4096];
        var end = 0;
        while (true)
        {
            var count = await socket.ReceiveAsync(bytes.AsMemory(end), TestContext.Current.CancellationToken);
            end += count;
            var reader = new FrameReader(bytes.AsSpan(0, end), 4096);
            if (reader.TryRead())
            {
                Assert.True(reader.TryReadRejection(out var rejection));
                return rejection;
            }

            Assert.True(count > 0, "closed without a rejection");
        }
    }
}
