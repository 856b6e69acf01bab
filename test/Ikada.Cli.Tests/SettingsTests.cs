using Ikada.Server;

namespace Ikada.Cli.Tests;

public class SettingsTests
{
    private const string Three =
        "--initial-cluster=a=http://10.0.0.1:2380,b=http://10.0.0.2:2380,c=http://10.0.0.3:2380";

    [Fact]
    public void Without_a_flag_it_is_a_single_node_on_loopback()
    {
        var settings = Serving.Settings();
        Assert.Equal("default", settings.Name);
        Assert.Equal("default.ikada", settings.DataDirectory);
        Assert.Equal((true, TimeSpan.FromHours(1)), (settings.ComparesStates, settings.ScrubInterval));
        Assert.Equal(
            (1L << 30, 64L << 20), (settings.SnapshotCatchUpBytes, settings.SnapshotBytesPerSecond));
        Assert.Equal(["http://localhost:2379"], Serving.Texts(settings.ListenClientUrls));
        Assert.Equal(["http://localhost:2379"], Serving.Texts(settings.AdvertiseClientUrls));
        Assert.Equal(["http://localhost:2380"], Serving.Texts(settings.ListenPeerUrls));
        var self = Assert.Single(settings.InitialCluster);
        Assert.Equal("default", self.Name);
        Assert.Equal(["http://localhost:2380"], Serving.Texts(self.PeerUrls));
        Assert.Equal("etcd-cluster", settings.InitialClusterToken);
        Assert.Equal(TimeSpan.FromMilliseconds(100), settings.HeartbeatInterval);
        Assert.Equal(TimeSpan.FromSeconds(1), settings.ElectionTimeout);
        Assert.Equal(1_572_864, settings.MaxRequestBytes);
        Assert.Empty(settings.Warnings);
    }

    [Theory]
    [InlineData("periodic", "0", 0, 0)]
    [InlineData("periodic", "2", 7200, 0)]
    [InlineData("periodic", "90s", 90, 0)]
    [InlineData("revision", "1000", 0, 1000)]
    public void Retention_is_read_as_the_mode_says(string mode, string retention, int seconds, long revisions)
    {
        var settings = Serving.Settings(
            "--auto-compaction-mode", mode, "--auto-compaction-retention", retention);
        Assert.Equal(
            (TimeSpan.FromSeconds(seconds), revisions),
            (settings.AutoCompactionPeriod, settings.AutoCompactionRevisions));
    }

    [Theory]
    [InlineData("periodic", "-1")]
    [InlineData("periodic", "soon")]
    [InlineData("revision", "1h")]
    [InlineData("never", "1")]
    public void A_retention_that_means_nothing_is_refused(string mode, string retention) =>
        Assert.Throws<CliException>(() => Serving.Settings(
            "--auto-compaction-mode", mode, "--auto-compaction-retention", retention));

    [Fact]
    public void The_data_directory_is_named_after_the_member() =>
        Assert.Equal("n1.ikada", Serving.Settings("--name=n1").DataDirectory);

    [Fact]
    public void The_command_line_of_an_etcd_member_is_understood_whole()
    {
        var settings = Serving.Settings(
            "--name", "b", "--data-dir", "/var/lib/b", "--listen-peer-urls", "http://10.0.0.2:2380",
            "--listen-client-urls", "http://10.0.0.2:2379,http://127.0.0.1:2379",
            "--initial-advertise-peer-urls", "http://10.0.0.2:2380", "--advertise-client-urls",
            "http://10.0.0.2:2379", Three, "--initial-cluster-state", "new", "--initial-cluster-token", "t");
        Assert.Equal(["a", "b", "c"], settings.InitialCluster.Select(member => member.Name));
        Assert.Equal(["http://10.0.0.2:2380"], Serving.Texts(settings.AdvertisePeerUrls));
        Assert.Equal(2, settings.ListenClientUrls.Count);
        Assert.Empty(settings.Warnings);
    }

    [Fact]
    public void What_is_not_advertised_explicitly_is_taken_from_the_initial_cluster() =>
        Assert.Equal(
            ["http://10.0.0.3:2380"],
            Serving.Texts(Serving.Settings(
                "--name=c", "--listen-peer-urls=http://0.0.0.0:2380", Three).AdvertisePeerUrls));

    [Fact]
    public void A_member_may_have_several_peer_urls() =>
        Assert.Equal(
            ["http://127.0.0.1:1", "http://127.0.0.1:2"],
            Serving.Texts(Serving.Settings(
                "--name=a", "--initial-cluster=a=http://127.0.0.1:1,a=http://127.0.0.1:2",
                "--initial-advertise-peer-urls=http://127.0.0.1:2,http://127.0.0.1:1")
                    .InitialCluster[0].PeerUrls));

    [Fact]
    public void A_name_that_the_initial_cluster_lacks_is_refused() =>
        Assert.Equal(
            "--name=d is missing from --initial-cluster=a=http://10.0.0.1:2380,b=http://10.0.0.2:2380,"
            + "c=http://10.0.0.3:2380; add 'd=http://HOST:PORT' there or set --name to a member that is "
            + "listed",
            Serving.Refusal("--name=d", Three).Message);

    [Fact]
    public void Peer_urls_that_the_initial_cluster_does_not_list_are_refused() =>
        Assert.Equal(
            "--initial-advertise-peer-urls=http://10.0.0.9:2380 does not match --initial-cluster, which "
            + "lists "
            + "a=http://10.0.0.1:2380; make both the same",
            Serving.Refusal("--name=a", Three, "--initial-advertise-peer-urls=http://10.0.0.9:2380").Message);

    [Fact]
    public void One_url_for_two_members_is_refused() =>
        Assert.Equal(
            "--initial-cluster: http://10.0.0.1:1 is listed for both 'a' and 'b'; each member needs its own",
            Serving.Refusal("--initial-cluster=a=http://10.0.0.1:1,b=http://10.0.0.1:1").Message);

    [Fact]
    public void An_entry_without_a_name_is_refused() =>
        Assert.Equal(
            "--initial-cluster: 'http://10.0.0.1:1' is not NAME=URL; write it as "
            + "n1=http://10.0.0.1:2380,n2=http://10.0.0.2:2380",
            Serving.Refusal("--initial-cluster=http://10.0.0.1:1").Message);

    [Theory]
    [InlineData(
        "--initial-advertise-peer-urls=http://0.0.0.0:2380", "--initial-advertise-peer-urls", "0.0.0.0")]
    [InlineData("--listen-peer-urls=http://0.0.0.0:2380", "--listen-peer-urls", "0.0.0.0")]
    [InlineData("--initial-cluster=default=http://[::]:2380", "--initial-cluster", "::")]
    public void Nobody_can_be_told_to_dial_the_wildcard_address_of_a_peer(
        string argument, string flag, string host)
    {
        var message = Serving.Refusal(argument).Message;
        Assert.StartsWith(flag + ": '", message, StringComparison.Ordinal);
        Assert.EndsWith(
            $"cannot be advertised: nobody else can dial {host}; set --initial-advertise-peer-urls to an "
            + "address "
            + "that the other members reach",
            message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Listening_for_clients_everywhere_needs_an_address_to_advertise() =>
        Assert.Equal(
            "--listen-client-urls: 'http://0.0.0.0:2379' cannot be advertised: nobody else can dial "
            + "0.0.0.0; set "
            + "--advertise-client-urls to an address that clients reach",
            Serving.Refusal("--listen-client-urls=http://0.0.0.0:2379").Message);

    [Fact]
    public void An_election_timeout_below_five_heartbeats_is_refused() =>
        Assert.Equal(
            "--election-timeout=400 is less than five times --heartbeat-interval=100; raise it to 500 or "
            + "lower "
            + "the other",
            Serving.Refusal("--election-timeout=400").Message);

    [Theory]
    [InlineData("127.0.0.1:2379", "it has no scheme")]
    [InlineData("http://127.0.0.1", "it has no port")]
    [InlineData("http://127.0.0.1:0", "'0' is not a port from 1 to 65535")]
    [InlineData("http://127.0.0.1:99999", "'99999' is not a port from 1 to 65535")]
    [InlineData("http://127.0.0.1:x", "'x' is not a port from 1 to 65535")]
    [InlineData("http://:2379", "it has no host")]
    [InlineData("http://a_b c:2379", "'a_b c' is not a host name")]
    [InlineData("http://[zz]:2379", "'zz' is no IPv6 address")]
    [InlineData("http://127.0.0.1:2379/v3", "nothing may stand beside host and port")]
    [InlineData("unix://sock", "unix sockets are not served; use http:// on a loopback address")]
    [InlineData("ftp://127.0.0.1:2379", "scheme 'ftp' is unknown")]
    public void A_url_that_cannot_be_used_is_named_with_flag_value_and_remedy(string url, string reason)
    {
        var refusal = Serving.Refusal("--listen-client-urls", url);
        Assert.Equal(
            $"--listen-client-urls: cannot use URL '{url}': {reason}; write it as http://HOST:PORT, e.g. "
            + "http://10.0.0.1:2380",
            refusal.Message);
        Assert.Equal(CliException.Usage, refusal.ExitCode);
    }

    [Fact]
    public void Tls_between_members_needs_a_certificate_with_its_key_and_asks_for_both_sides()
    {
        string[] files = ["--peer-cert-file=/m.crt", "--peer-key-file=/m.key"];
        Assert.Null(Serving.Settings("--peer-client-cert-auth=false").PeerTls);
        var tls = Serving.Settings([.. files, "--listen-peer-urls=https://10.0.0.1:2380"]);
        Assert.Equal(new PeerTlsFiles("/m.crt", "/m.key", null, false, null), tls.PeerTls);
        Assert.Equal(["https://10.0.0.1:2380"], Serving.Texts(tls.ListenPeerUrls));
        Assert.Equal(["https://10.0.0.1:2380"], Serving.Texts(tls.InitialCluster[0].PeerUrls));

        // As in etcd, who names an authority wants all certificates to be its own.
        Assert.True(Serving.Settings([.. files, "--peer-client-cert-auth"]).PeerTls!.AsksForCertificates);
        Assert.Equal(
            new PeerTlsFiles("/m.crt", "/m.key", "/a.crt", true, "db.example"),
            Serving.Settings(
                [.. files, "--peer-trusted-ca-file=/a.crt", "--peer-cert-allowed-hostname=db.example"])
                .PeerTls);
    }

    [Theory]
    [InlineData("--peer-cert-file=/m.crt", "give both --peer-cert-file and --peer-key-file")]
    [InlineData("--peer-key-file=/m.key", "give both --peer-cert-file and --peer-key-file")]
    [InlineData("--peer-trusted-ca-file=/a.crt", "needs a certificate: give --peer-cert-file")]
    [InlineData("--peer-client-cert-auth=true", "needs a certificate: give --peer-cert-file")]
    [InlineData("--peer-cert-allowed-hostname=a", "needs a certificate: give --peer-cert-file")]
    public void Half_of_the_tls_flags_is_refused_with_what_is_missing(string flag, string remedy)
    {
        var refusal = Serving.Refusal(flag);
        Assert.StartsWith(flag, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_allowed_name_that_no_certificate_can_bear_is_refused() =>
        Assert.Contains(
            "'a host' is neither a DNS name nor an IP address",
            Serving.Refusal(
                "--peer-cert-file=/m.crt", "--peer-key-file=/m.key", "--peer-cert-allowed-hostname=a host")
                .Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_name_is_no_address_to_listen_on() =>
        Assert.Equal(
            "--listen-peer-urls: cannot listen on 'http://db1:2380': 'db1' is a name; give an IP address "
            + "of this "
            + "machine (0.0.0.0 for all)",
            Serving.Refusal("--listen-peer-urls=http://db1:2380").Message);
}
