namespace Ikada.Server.Tests;

public sealed class OptionsTests
{
    private static readonly ServerOptions Good = new() { DataDirectory = "data" };

    [Fact]
    public void The_defaults_are_those_of_a_single_node_on_loopback() => Assert.Null(Good.Validate());

    [Fact]
    public void What_is_wrong_is_named_with_its_value()
    {
        Says("--name", Good with { Name = "" });
        Says("'other'", Good with { Name = "other" });
        Says("'n' twice", Good with
        {
            InitialCluster = [new("n", [new("http://a:1")]), new("n", [new("http://b:1")])],
        });
        Says("http://a:1 twice", Good with
        {
            InitialCluster = [new("n", [new("http://a:1")]), new("m", [new("http://a:1")])],
        });
        Says("https://h:1", Good with { ListenClientUrls = [new("https://h:1")] });
        Says("unix", Good with { ListenClientUrls = [new("unix://h:1")] });
        Says("--advertise-client-urls", Good with { AdvertiseClientUrls = [] });
        Says("http://localhost:2381", Good with { AdvertisePeerUrls = [new("http://localhost:2381")] });
        Says("400 ms", Good with { ElectionTimeout = TimeSpan.FromMilliseconds(400) });
    }

    [Fact]
    public void Urls_of_peers_are_https_with_a_certificate_and_http_without()
    {
        IReadOnlyList<Uri> https = [new("https://localhost:2380")];
        var tls = Good with { PeerTls = new PeerTlsFiles("m.crt", "m.key", null, true, null) };
        Says("--listen-peer-urls: 'http://localhost:2380' is not https, but --peer-cert-file is given", tls);
        tls = tls with { ListenPeerUrls = https };
        Says("--initial-advertise-peer-urls: 'http://localhost:2380' is not https", tls);
        tls = tls with { AdvertisePeerUrls = https };
        Says("--initial-cluster: 'http://localhost:2380' is not https", tls);
        tls = tls with { InitialCluster = [new InitialMember("default", https)] };
        Assert.Null(tls.Validate());
        Says("asks for TLS, but there is no certificate: give --peer-cert-file", tls with { PeerTls = null });
    }

    [Fact]
    public void A_request_waits_five_seconds_and_two_election_timeouts() =>
        Assert.Equal(TimeSpan.FromSeconds(7), Good.RequestTimeout);

    [Fact]
    public void Attributes_of_a_member_are_the_same_bytes_whatever_the_order_of_its_urls()
    {
        var one = NodeSettings.AttributesOf("n", ["http://a:1", "http://b:1"]);
        var other = NodeSettings.AttributesOf("n", ["http://b:1", "http://a:1"]);
        Assert.Equal(one, other);
        var read = MemberAttributes.Decode(one);
        Assert.Equal("n", read.Name);
        Assert.Equal(["http://a:1", "http://b:1"], read.Addresses);
        Assert.Empty(MemberAttributes.Decode([9, 9]).Addresses);
    }

    private static void Says(string part, ServerOptions options) =>
        Assert.Contains(part, options.Validate() ?? "nothing", StringComparison.Ordinal);
}
