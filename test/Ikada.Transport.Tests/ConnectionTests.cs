using System.Net;
using System.Net.Sockets;
using Ikada.Primitives;

namespace Ikada.Transport.Tests;

public sealed class ConnectionTests
{
    [Fact]
    public async Task Frames_arrive_whole_and_in_order_from_every_peer()
    {
        var endPoints = Cluster.FreeEndPoints(3);
        await using var a = await Cluster.StartAsync(Cluster.Options(0, endPoints));
        await using var b = await Cluster.StartAsync(Cluster.Options(1, endPoints));
        await using var c = await Cluster.StartAsync(Cluster.Options(2, endPoints));
        await a.ConnectedAsync(2);
        await b.ConnectedAsync(2);
        await c.ConnectedAsync(0);

        for (ulong i = 1; i <= 500; i++)
        {
            foreach (var (from, peer) in new[] { (0, a), (1, b) })
            {
                // Sizes around the chunk's, so that frames share chunks and outgrow them.
                var (message, entries) =
                    Cluster.Append(from, 2, i, (int)(i % 50 == 0 ? 300_000 : i % 7 * 100));
                Assert.True(peer.Send(message, entries));
                if (i % 3 == 0)
                {
                    peer.Transport.Flush();
                }
            }
        }

        a.Transport.Flush();
        b.Transport.Flush();
        await Cluster.UntilAsync(
            () => c.Recorder.Messages.Count == 1000, () => $"{c.Recorder.Messages.Count}\n{c.Log.Text}");
        foreach (var from in new[] { Cluster.Node(0), Cluster.Node(1) })
        {
            ulong expected = 1;
            var ofOne = c.Recorder.Messages.Where(one => one.Message.From == from);
            foreach (var (group, message, entries) in ofOne)
            {
                Assert.Equal(Cluster.Group, group);
                Assert.Equal(new LogIndex(expected++), message.End);
                Assert.True(Assert.Single(entries).HasValidChecksum(group));
            }
        }

        Assert.Empty(a.Recorder.Dropped);
    }

    [Fact]
    public async Task A_peer_that_goes_away_is_reported_and_dialled_again_when_it_is_back()
    {
        var endPoints = Cluster.FreeEndPoints(2);
        await using var a = await Cluster.StartAsync(Cluster.Options(0, endPoints));
        var b = await Cluster.StartAsync(Cluster.Options(1, endPoints));
        await a.ConnectedAsync(1);

        await b.DisposeAsync();
        await Cluster.UntilAsync(() => a.Recorder.CountOf($"closed {Cluster.Node(1)}") > 0, () => a.Log.Text);
        await Cluster.UntilAsync(() => !a.Send(Cluster.Heartbeat(0, 1, 1)), () => a.Log.Text);

        await using var again = await Cluster.StartAsync(Cluster.Options(1, endPoints, start: 2));
        await Cluster.UntilAsync(() => a.Send(Cluster.Heartbeat(0, 1, 2)), () => a.Log.Text);
        a.Transport.Flush();
        await Cluster.UntilAsync(() => again.Recorder.Messages.Count == 1, () => again.Log.Text);
    }

    [Fact]
    public async Task A_closed_connection_is_reported_once_and_before_any_timeout()
    {
        var endPoints = Cluster.FreeEndPoints(2);
        await using var a = await Cluster.StartAsync(Cluster.Options(0, endPoints));
        using (await RawPeer.JoinAsync(endPoints[0], Cluster.Sender(1), to: 0))
        {
            await Cluster.UntilAsync(
                () => a.Recorder.CountOf($"opened {Cluster.Node(1)}") == 1, () => a.Log.Text);
        }

        await Cluster.UntilAsync(
            () => a.Recorder.CountOf($"closed {Cluster.Node(1)}") == 1, () => a.Log.Text);
        await Cluster.UntilAsync(() => a.Log.Contains("ended: the peer closed it"), () => a.Log.Text);
    }

    [Fact]
    public async Task A_second_connection_of_a_peer_takes_the_place_of_the_first()
    {
        var endPoints = Cluster.FreeEndPoints(2);
        await using var a = await Cluster.StartAsync(Cluster.Options(0, endPoints));
        using var first = await RawPeer.JoinAsync(endPoints[0], Cluster.Sender(1), to: 0);
        await Cluster.UntilAsync(() => a.Recorder.Events.Count == 1, () => a.Log.Text);
        using var second = await RawPeer.JoinAsync(endPoints[0], Cluster.Sender(1), to: 0);
        await Cluster.UntilAsync(() => a.Recorder.Events.Count == 3, () => a.Log.Text);

        Assert.Equal(
            [$"opened {Cluster.Node(1)}", $"closed {Cluster.Node(1)}", $"opened {Cluster.Node(1)}"],
            a.Recorder.Events);
        Assert.Equal(default, await first.ReadAsync());
    }

    [Fact]
    public async Task A_port_in_use_is_refused_with_the_address_and_a_remedy()
    {
        var endPoints = Cluster.FreeEndPoints(2);
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(endPoints[0]);
        other.Listen();
        var error =
            await Assert.ThrowsAsync<IOException>(() => Cluster.StartAsync(Cluster.Options(0, endPoints)));
        Assert.Contains(endPoints[0].ToString(), error.Message, StringComparison.Ordinal);
        Assert.Contains("choose another address", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_is_reached_by_name_as_well()
    {
        var endPoints = Cluster.FreeEndPoints(2);
        await using var a = await Cluster.StartAsync(Cluster.Options(0, endPoints) with
        {
            Peers = [new PeerAddress(Cluster.Node(1), new DnsEndPoint("localhost", endPoints[1].Port))],
        });
        await using var b = await Cluster.StartAsync(Cluster.Options(1, endPoints));
        await a.ConnectedAsync(1);
    }

    [Fact]
    public async Task The_status_of_a_peer_tells_what_keeps_it_away_and_since_when_it_is_there()
    {
        var endPoints = Cluster.FreeEndPoints(2);
        var nowhere = new DnsEndPoint("no-such-host.invalid", 1);
        await using var a = await Cluster.StartAsync(Cluster.Options(0, endPoints) with
        {
            Peers = [new(Cluster.Node(1), endPoints[1]), new(Cluster.Node(2), nowhere)],
        });
        await Cluster.UntilAsync(
            () => Of(a, 2) is { LastFailure: { } why, RetryAt: not null } && why.Contains("does not resolve")
                && why.Contains("no-such-host.invalid"),
            () => $"{Of(a, 2)}");
        Assert.Equal(nowhere, Of(a, 2).EndPoint);
        Assert.False(Of(a, 2).IsConnected);
        await Cluster.UntilAsync(() => Of(a, 1).LastFailure is not null, () => $"{Of(a, 1)}");

        var before = DateTimeOffset.UtcNow;
        var b = await Cluster.StartAsync(Cluster.Options(1, endPoints));
        await Cluster.UntilAsync(() => Of(a, 1) is { IsConnected: true, IsHeard: true }, () => $"{Of(a, 1)}");
        Assert.InRange(Of(a, 1).Since, before, DateTimeOffset.UtcNow);
        Assert.Null(Of(a, 1).RetryAt);
        Assert.Equal((ushort)1, Of(a, 1).FormatVersion);

        await b.DisposeAsync();
        await Cluster.UntilAsync(
            () => Of(a, 1) is { IsConnected: false, IsHeard: false }, () => $"{Of(a, 1)}");

        static PeerStatus Of(Peer peer, int other) =>
            peer.Transport.Peers.Single(one => one.Node == Cluster.Node(other));
    }
}
