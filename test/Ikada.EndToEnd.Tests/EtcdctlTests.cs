using System.Text.RegularExpressions;

namespace Ikada.EndToEnd.Tests;

[Trait("Needs", "etcdctl")]
public sealed class EtcdctlTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    [Fact]
    public async Task Put_get_get_prefix_and_del_print_what_they_print_with_etcd()
    {
        Assert.Equal("OK\n", await Etcdctl("put", "e/foo", "bar"));
        Assert.Equal("OK\n", await Etcdctl("put", "e/foo2", "bar2"));
        Assert.Equal("e/foo\nbar\n", await Etcdctl("get", "e/foo"));
        Assert.Equal("e/foo\nbar\ne/foo2\nbar2\n", await Etcdctl("get", "e/", "--prefix"));
        Assert.Equal("1\n", await Etcdctl("del", "e/foo"));
        Assert.Equal("", await Etcdctl("get", "e/foo"));
        Assert.Equal("0\n", await Etcdctl("del", "e/foo"));
        Assert.Equal("1\n", await Etcdctl("del", "e/", "--prefix"));
    }

    [Fact]
    public async Task Endpoint_health_finds_all_three_healthy()
    {
        var health = (await Command.EtcdctlAsync(fixture.Endpoints, "endpoint", "health")).Succeeded();
        var lines = (health.Output + health.Errors).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        foreach (var member in fixture.Cluster.Members)
        {
            Assert.Contains(lines, line => line.StartsWith(
                $"{member.Endpoint} is healthy: successfully committed proposal: took = ",
                StringComparison.Ordinal));
        }
    }

    /// <summary>etcdctl 3.4 then sends the whole URL as the authority of calls to one member.</summary>
    [Fact]
    public async Task Endpoints_may_be_urls_for_calls_to_single_members_too()
    {
        var urls = string.Join(',', fixture.Cluster.Members.Select(member => member.ClientUrl));
        foreach (var verb in new[] { "status", "hashkv", "health" })
        {
            var asked = (await Command.EtcdctlAsync(urls, "endpoint", verb, "--cluster")).Succeeded();
            var lines = (asked.Output + asked.Errors).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(3, lines.Length);
        }

        (await Command.EtcdctlAsync(urls, "defrag")).Succeeded();
    }

    [Fact]
    public async Task Endpoint_status_shows_three_members_of_one_term_with_one_leader()
    {
        var rows = (await Etcdctl("endpoint", "status")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(", "))
            .ToList();
        Assert.Equal(fixture.Cluster.Members.Select(member => member.Endpoint), rows.Select(row => row[0]));
        Assert.All(rows, row => Assert.Matches("^[0-9a-f]{1,16}$", row[1]));
        Assert.Equal(3, rows.Select(row => row[1]).Distinct().Count());
        Assert.All(rows, row => Assert.Matches(@"^3\.5\.\d+$", row[2]));
        Assert.Single(rows, row => row[4] == "true");
        Assert.All(rows, row => Assert.Equal("false", row[5]));
        Assert.Single(rows.Select(row => row[6]).Distinct());
    }

    [Fact]
    public async Task Member_list_shows_names_and_urls()
    {
        // A name is there once the member has told it through the log.
        var expected = fixture.Cluster.Members
            .Select(member => $"started, {member.Name}, {member.PeerUrl}, {member.ClientUrl}, false")
            .Order(StringComparer.Ordinal);
        var lines = await Eventually.GetAsync("three started members", async () =>
        {
            var listed = (await Etcdctl("member", "list")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return listed.Length == 3
                && listed.All(line => line.Contains(", started, ", StringComparison.Ordinal))
                ? listed
                : null;
        });
        Assert.All(lines, line => Assert.Matches(new Regex("^[0-9a-f]{1,16}, "), line));
        Assert.Equal(
            expected, lines.Select(line => line[(line.IndexOf(' ') + 1)..]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_empty_key_is_refused_in_etcds_words()
    {
        var refused = await Command.EtcdctlAsync(fixture.Endpoints, "put", "", "x");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("etcdserver: key is not provided", refused.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("simple")]
    [InlineData("json")]
    [InlineData("fields")]
    public async Task Our_own_get_prints_the_same_as_etcdctl(string form)
    {
        await Etcdctl("put", "same/a", "1");
        await Etcdctl("put", "same/b", "say \"2\" \\ ");
        // One server, since its id is part of the answer.
        var endpoint = fixture.Cluster.Members[0].Endpoint;
        var theirs = await Command.EtcdctlAsync(endpoint, "get", "same/", "--prefix", "-w", form);
        var ours = await Command.IkadaAsync("get", "same/", "--prefix", "-w", form, "--endpoints", endpoint);
        Assert.Equal(theirs.Succeeded().Output, ours.Succeeded().Output);
    }

    [Fact]
    public async Task Move_leader_moves_it()
    {
        var rows = (await Etcdctl("endpoint", "status")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(", "))
            .ToList();
        var leader = rows.Single(row => row[4] == "true");
        var target = rows.First(row => row[4] == "false")[1];
        Assert.Equal($"Leadership transferred from {leader[1]} to {target}\n",
            (await Command.EtcdctlAsync(leader[0], "move-leader", target)).Succeeded().Output);
        var after = (await Etcdctl("endpoint", "status")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(", "));
        Assert.Equal(target, after.Single(row => row[4] == "true")[1]);
    }

    private async Task<string> Etcdctl(params string[] arguments) =>
        (await Command.EtcdctlAsync(fixture.Endpoints, arguments)).Succeeded().Output;
}
