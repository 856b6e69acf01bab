using Ikada.Cli.Serving;

namespace Ikada.Cli.Tests;

public sealed class SourcesTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"ikada-{Guid.NewGuid():N}.yml");

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void A_flag_is_read_from_our_environment_variable() =>
        Assert.Equal("x", Serving.SettingsWith(new() { ["IKADA_NAME"] = "x" }).Name);

    [Fact]
    public void A_flag_is_read_from_etcds_variable_where_ours_is_absent_or_empty() =>
        Assert.Equal("y", Serving.SettingsWith(new() { ["IKADA_NAME"] = "", ["ETCD_NAME"] = "y" }).Name);

    [Fact]
    public void Ours_comes_before_etcds() =>
        Assert.Equal("x", Serving.SettingsWith(new() { ["IKADA_NAME"] = "x", ["ETCD_NAME"] = "y" }).Name);

    [Fact]
    public void A_bad_value_from_the_environment_names_the_variable() =>
        Assert.Equal(
            "ETCD_ELECTION_TIMEOUT: '1s' is not a whole number from 0 on",
            Assert.Throws<CliException>(
                () => Serving.SettingsWith(new() { ["ETCD_ELECTION_TIMEOUT"] = "1s" })).Message);

    [Fact]
    public void A_certificate_in_the_environment_without_its_key_is_refused() =>
        Assert.StartsWith(
            "ETCD_CERT_FILE=/c.pem needs its counterpart: give both --cert-file and --key-file",
            Assert.Throws<CliException>(
                () => Serving.SettingsWith(new() { ["ETCD_CERT_FILE"] = "/c.pem" })).Message,
            StringComparison.Ordinal);

    [Fact]
    public void An_unknown_variable_is_warned_of_and_nothing_else() =>
        Assert.Equal(
            ["environment variable ETCD_SERVICE_HOST is not a flag of 'ikada serve' and is not read"],
            Serving.SettingsWith(new() { ["ETCD_SERVICE_HOST"] = "h", ["IKADA_ENDPOINTS"] = "e" }).Warnings);

    [Fact]
    public void The_command_line_wins_over_the_environment_and_that_over_the_file()
    {
        File.WriteAllText(_file, "name: file\ninitial-cluster-token: file\nheartbeat-interval: 50\n");
        var settings = Serving.SettingsWith(
            new() { ["ETCD_NAME"] = "env", ["ETCD_INITIAL_CLUSTER_TOKEN"] = "env" },
            "--name=line", "--config-file", _file);
        Assert.Equal("line", settings.Name);
        Assert.Equal("env", settings.InitialClusterToken);
        Assert.Equal(TimeSpan.FromMilliseconds(50), settings.HeartbeatInterval);
        Assert.Contains("--name wins over ETCD_NAME", settings.Warnings);
    }

    [Fact]
    public void The_sample_file_of_etcd_is_read()
    {
        File.WriteAllText(
            _file,
            """
            # Human-readable name for this member.
            name: 'm1'
            data-dir: /tmp/m1
            wal-dir:
            snapshot-count: 10000
            quota-backend-bytes: 0
            listen-peer-urls: http://127.0.0.1:2380
            cors:
            discovery-fallback: 'proxy'
            strict-reconfig-check: true
            proxy: 'off'
            client-transport-security:
              cert-file:
              client-cert-auth: false
              auto-tls: false
            peer-transport-security:
              cert-file:
              client-cert-auth: false
            log-level: debug
            log-outputs: [stderr]
            force-new-cluster: false
            auto-compaction-mode: periodic
            auto-compaction-retention: "1"
            """);
        var settings = Serving.Settings("--config-file", _file);
        Assert.Equal(("m1", "/tmp/m1", "debug"), (settings.Name, settings.DataDirectory, settings.LogLevel));
        Assert.Equal(TimeSpan.FromHours(1), settings.AutoCompactionPeriod);
        Assert.Empty(settings.Warnings);
    }

    [Fact]
    public void Certificates_of_peers_are_read_from_the_file()
    {
        File.WriteAllText(_file, "peer-transport-security:\n  cert-file: /p.pem\n");
        Assert.StartsWith(
            $"cert-file ({_file}, line 2)=/p.pem needs its counterpart",
            Serving.Refusal("--config-file", _file).Message,
            StringComparison.Ordinal);
        File.AppendAllText(
            _file, "  key-file: /k.pem\n  trusted-ca-file: /a.pem\n  client-cert-auth: true\n");
        Assert.Equal(
            new Server.PeerTlsFiles("/p.pem", "/k.pem", "/a.pem", true, null),
            Serving.Settings("--config-file", _file).PeerTls);
    }

    [Theory]
    [InlineData("nmae: x", "line 1: unknown key 'nmae'; did you mean 'name'?")]
    [InlineData("a: [", "not YAML")]
    [InlineData("just text", "expected 'key: value' lines, found something else")]
    [InlineData("name: {a: b}", "line 1: 'name' takes a value or a list of values")]
    public void A_bad_file_is_named_with_the_line(string text, string part)
    {
        File.WriteAllText(_file, text);
        var refusal = Serving.Refusal("--config-file", _file);
        Assert.Contains(_file, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(part, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(CliException.Failure, refusal.ExitCode);
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.StartsWith(
            $"--config-file {_file} cannot be read: ",
            Serving.Refusal("--config-file", _file).Message,
            StringComparison.Ordinal);

    [Fact]
    public void What_has_no_effect_is_told_once_in_one_line() =>
        Assert.Equal(
            ["--debug has no effect. Of etcd 3.4: use `--log-level debug`."],
            Serving.Settings("--debug=true", "--debug=true").Warnings);

    [Theory]
    [InlineData("--client-cert-auth=false")]
    [InlineData("--auth-token=simple")]
    [InlineData("--proxy=off")]
    [InlineData("--cert-file=")]
    [InlineData("--snapshot-count=100000")]
    public void A_flag_that_asks_for_nothing_special_is_taken_in_silence(string argument) =>
        Assert.Empty(Serving.Settings(argument).Warnings);

    [Fact]
    public void An_empty_file_sets_nothing() => Assert.Empty(ConfigFile.Parse("f", ""));
}
