using System.Globalization;
using System.Net;
using Ikada.Primitives;
using Microsoft.Extensions.Logging;

namespace Ikada.Transport.Tests;

public sealed class TlsTests : IDisposable
{
    private readonly Authority _ours = new("our authority");
    private readonly Authority _other = new("another authority");
    private readonly IPEndPoint[] _endPoints = Cluster.FreeEndPoints(2);

    public void Dispose()
    {
        _ours.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task Frames_of_all_sizes_arrive_whole_and_in_order_through_tls()
    {
        await using var a = await StartAsync(0, Good("a"));
        await using var b = await StartAsync(1, Good("b"));
        await a.ConnectedAsync(1);
        for (ulong i = 1; i <= 300; i++)
        {
            var (message, entries) =
                Cluster.Append(0, 1, i, (int)(i % 50 == 0 ? 900_000 : i % 7 * 100));
            Assert.True(a.Send(message, entries));
            if (i % 3 == 0)
            {
                a.Transport.Flush();
            }
        }

        await Cluster.UntilAsync(
            () => b.Recorder.Messages.Count == 300, () => $"{b.Recorder.Messages.Count}\n{b.Log.Text}");
        ulong expected = 1;
        foreach (var (group, message, entries) in b.Recorder.Messages)
        {
            Assert.Equal(new LogIndex(expected++), message.End);
            Assert.True(Assert.Single(entries).HasValidChecksum(group));
        }

        Assert.Empty(a.Recorder.Dropped);
        var status = Assert.Single(a.Transport.Peers);
        Assert.True(status.IsConnected, a.Log.Text);
    }

    [Fact]
    public async Task What_a_slow_receiver_does_not_take_yet_follows_in_order_through_tls()
    {
        await using var a = await StartAsync(0, Good("a"));
        await using var b = await StartAsync(1, Good("b"));
        await a.ConnectedAsync(1);
        b.Recorder.Takes.Reset();
        // More than the kernel's buffers of both sides hold.
        for (ulong i = 1; i <= 60; i++)
        {
            var (message, entries) = Cluster.Append(0, 1, i, 1 << 20);
            Assert.True(a.Send(message, entries));
            a.Transport.Flush();
        }

        Assert.Empty(b.Recorder.Messages);
        b.Recorder.Takes.Set();
        await Cluster.UntilAsync(() => b.Recorder.Messages.Count == 60, () => b.Log.Text);
        Assert.Equal(
            Enumerable.Range(1, 60), b.Recorder.Messages.Select(one => (int)one.Message.End.Value));
        Assert.Empty(a.Recorder.Dropped);
    }

    [Fact]
    public async Task What_begins_like_tls_and_is_not_is_refused_with_a_reason()
    {
        await using var a = await StartAsync(0, Good("a"));
        using var raw = await RawPeer.ConnectAsync(_endPoints[0]);
        await raw.SendAsync(new byte[] { 0x16, 3, 1, 0, 4, 9, 9, 9, 9 });
        await SaysAsync(a, ["Refused a connection from 127.0.0.1", "TlsFailed", "TLS could not be started"]);
    }

    [Fact]
    public async Task A_lost_peer_is_reported_and_dialled_again_through_tls()
    {
        await using var a = await StartAsync(0, Good("a"));
        var b = await StartAsync(1, Good("b"));
        await a.ConnectedAsync(1);
        await b.DisposeAsync();
        await Cluster.UntilAsync(() => a.Recorder.CountOf($"closed {Cluster.Node(1)}") > 0, () => a.Log.Text);
        await Cluster.UntilAsync(() => !a.Send(Cluster.Heartbeat(0, 1, 1)), () => a.Log.Text);
        await using var again = await StartAsync(1, Good("b"), start: 2);
        await Cluster.UntilAsync(() => a.Send(Cluster.Heartbeat(0, 1, 2)), () => a.Log.Text);
        a.Transport.Flush();
        await Cluster.UntilAsync(() => again.Recorder.Messages.Count == 1, () => again.Log.Text);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused_whoever_dials_and_both_can_read_why()
    {
        // b trusts both, so that what is refused is b's certificate alone, in either direction.
        await using var a = await StartAsync(0, Good("a"));
        await using var b = await StartAsync(1, Authority.Options(_other.Issue("stranger"), _ours, _other));
        string[] why =
            ["CN=stranger", "CN=another authority", "trusted are: CN=our authority", "Have it issued"];
        await SaysAsync(a, ["Refused a connection from 127.0.0.1", "CertificateRefused", .. why]);
        await SaysAsync(a, ["Cannot connect to node", _endPoints[1].ToString(), .. why]);
        await SaysAsync(b, ["it refuses us (CertificateRefused)", .. why]);
        await SaysAsync(b, ["Refused a connection", "BrokenOff", "its log says why"]);
        AssertApart(a, b);
        var status = Assert.Single(a.Transport.Peers);
        Assert.Contains("trusted are: CN=our authority", status.LastFailure, StringComparison.Ordinal);
        Assert.NotNull(status.LastFailureAt);
    }

    [Theory]
    [InlineData(-3, -1)]
    [InlineData(1, 3)]
    public async Task A_certificate_that_is_not_valid_now_is_refused_with_its_times(int from, int to)
    {
        await using var a = await StartAsync(0, Good("a"));
        await using var b = await StartAsync(
            1, Authority.Options(_ours.Issue("late", fromDays: from, toDays: to), _ours));
        var end = DateTime.UtcNow.AddDays(to).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        string[] why = ["CN=late", "not valid now", $"to {end}", "Renew it"];
        await SaysAsync(a, ["Refused", "CertificateRefused", .. why]);
        await SaysAsync(a, ["Cannot connect", .. why]);
        await SaysAsync(b, ["it refuses us (CertificateRefused)", .. why]);
        AssertApart(a, b);
    }

    [Fact]
    public async Task A_certificate_for_another_host_is_refused_by_the_one_who_dialled()
    {
        await using var a = await StartAsync(0, Good("a"));
        await using var b =
            await StartAsync(1, Authority.Options(_ours.Issue("b", host: "b.example"), _ours));
        await SaysAsync(
            a, ["Cannot connect", "'127.0.0.1', which was dialled", "for b.example", "issue it for"]);
        // b's own connection is good: whoever dials need not live where its certificate says.
        await Cluster.UntilAsync(() => b.Send(Cluster.Heartbeat(1, 0, 1)), () => b.Log.Text);
    }

    [Fact]
    public async Task A_certificate_made_for_servers_only_is_refused_where_its_owner_dials()
    {
        await using var a = await StartAsync(0, Good("a"));
        await using var b =
            await StartAsync(1, Authority.Options(_ours.Issue("b", bothUses: false), _ours));
        await SaysAsync(b, ["it refuses us (CertificateRefused)", "client authentication", "needs both"]);
        await Cluster.UntilAsync(() => a.Send(Cluster.Heartbeat(0, 1, 1)), () => a.Log.Text);
    }

    [Fact]
    public async Task A_certificate_that_bears_no_allowed_name_is_refused()
    {
        var choosy = Good("a") with { AllowedNames = ["db.example", "127.0.0.2"] };
        await using var a = await StartAsync(0, choosy);
        await using var b = await StartAsync(1, Good("b"));
        await SaysAsync(
            a, ["Refused", "for 127.0.0.1", "allowed are db.example, 127.0.0.2", "allow its name"]);
        await SaysAsync(b, ["it refuses us (CertificateRefused)", "allowed are db.example"]);
        AssertApart(a, b);

        await a.DisposeAsync();
        await using var again =
            await StartAsync(0, choosy with { AllowedNames = ["127.0.0.1"] }, start: 2);
        await Cluster.UntilAsync(() => b.Send(Cluster.Heartbeat(1, 0, 1)), () => b.Log.Text);
    }

    [Fact]
    public async Task Plain_text_and_tls_refuse_each_other_and_say_so()
    {
        await using var a = await StartAsync(0, Good("a"));
        await using var b = await Cluster.StartAsync(Cluster.Options(1, _endPoints));
        await SaysAsync(a, ["Refused", "TlsRequired", "begins in plain text", "or none"]);
        await SaysAsync(b, ["it refuses us (TlsRequired)", "takes connections with TLS only"]);
        await SaysAsync(b, ["Refused", "begins with TLS", "plain text only", "or none"]);
        await SaysAsync(a, ["Cannot connect", "TLS could not be started", "the peer speaks plain text"]);
        AssertApart(a, b);
    }

    [Fact]
    public async Task Whoever_shows_no_certificate_is_refused_unless_none_is_asked_for()
    {
        await using (await StartAsync(0, Good("a")))
        {
            using var nobody = await RawTls.HelloAsync(_endPoints[0], _ours, Cluster.Sender(1), to: 0);
            Assert.Equal(Wire.RejectReason.CertificateRefused, nobody.Rejection?.Reason);
            Assert.Contains("showed no certificate", nobody.Rejection?.Text, StringComparison.Ordinal);
        }

        await using var open =
            await StartAsync(0, Good("a") with { ClientCertificateRequired = false }, start: 2);
        using var welcome = await RawTls.HelloAsync(_endPoints[0], _ours, Cluster.Sender(1), to: 0);
        Assert.Null(welcome.Rejection);
    }

    [Fact]
    public async Task A_certificate_source_that_throws_costs_connections_and_nothing_else()
    {
        var source = new FailingSource();
        await using var a = await StartAsync(0, new PeerTlsOptions { Certificates = source });
        await SaysAsync(a, ["Cannot connect"]);
        await using var b = await StartAsync(1, Good("b"));
        await SaysAsync(a, ["Cannot connect", "the vault is sealed"]);
        await SaysAsync(a, ["Refused", "TlsFailed", "the vault is sealed"]);
        source.Works = Good("a").Certificates;
        await a.ConnectedAsync(1);
        await b.ConnectedAsync(0);
    }

    private sealed class FailingSource : PeerCertificateSource
    {
        public PeerCertificateSource? Works { get; set; }

        public override PeerCertificates Current(ILogger logger) =>
            Works?.Current(logger) ?? throw new InvalidOperationException("the vault is sealed");
    }

    [Fact]
    public void Names_that_no_certificate_can_bear_are_refused_at_start()
    {
        var options = Cluster.Options(0, _endPoints) with
        {
            Tls = Good("a") with { AllowedNames = ["a host"] },
        };
        Assert.Contains("'a host'", options.Validate(), StringComparison.Ordinal);
    }

    private PeerTlsOptions Good(string subject) => Authority.Options(_ours.Issue(subject), _ours);

    private Task<Peer> StartAsync(int number, PeerTlsOptions tls, ulong start = 1) =>
        Cluster.StartAsync(Cluster.Options(number, _endPoints, start) with { Tls = tls });

    private static Task SaysAsync(Peer peer, string[] parts) =>
        Cluster.UntilAsync(() => peer.Log.Contains(parts), () => peer.Log.Text);

    private static void AssertApart(Peer a, Peer b)
    {
        Assert.Empty(a.Recorder.Events);
        Assert.Empty(b.Recorder.Events);
        Assert.False(a.Send(Cluster.Heartbeat(0, 1, 1)));
        Assert.False(b.Send(Cluster.Heartbeat(1, 0, 1)));
    }
}
