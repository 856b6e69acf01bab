using System.Diagnostics;

namespace Ikada.EndToEnd.Tests;

/// <summary>etcdctl's options, and its recipes over keys, leases and watches.</summary>
[Collection(SharedCluster.Name)]
[Trait("Needs", "etcdctl")]
public sealed class EtcdctlOptionsTests(ClusterFixture fixture)
{
    [Fact]
    public async Task Reads_take_every_option()
    {
        foreach (var (key, value) in new[] { ("o/a", "3"), ("o/b", "2"), ("o/c", "1") })
        {
            Assert.Equal("OK\n", await RunAsync("put", key, value));
        }

        Assert.Equal("o/a\n\no/b\n\no/c\n\n", await RunAsync("get", "o/", "--prefix", "--keys-only"));
        Assert.Equal("o/a\n3\n", await RunAsync("get", "o/", "--prefix", "--limit=1"));
        Assert.Equal("o/c\n1\no/b\n2\no/a\n3\n", await RunAsync("get", "o/", "--prefix", "--order=DESCEND"));
        Assert.Equal(
            "1\n2\n3\n", await RunAsync("get", "o/", "--prefix", "--sort-by=VALUE", "--print-value-only"));
        Assert.Equal("o/b\n2\no/c\n1\n", await RunAsync("get", "o/b", "o/d"));
        Assert.Equal("o/c\n1\n", await RunAsync("get", "o/c", "--from-key", "--limit=1"));
        Assert.Equal("o/a\n3\n", await RunAsync("get", "o/a", "--consistency=s"));
        Assert.Equal("OK\no/a\n3\n", await RunAsync("put", "o/a", "4", "--prev-kv"));
        Assert.Equal("OK\n", await RunAsync("put", "o/a", "--ignore-value"));
        Assert.Equal("o/a\n4\n", await RunAsync("get", "o/a"));
        Assert.Equal("2\no/b\n2\no/c\n1\n", await RunAsync("del", "o/b", "o/d", "--prev-kv"));
    }

    [Fact]
    public async Task Members_have_the_same_hash_at_a_revision()
    {
        var fields = await RunAsync("get", "none", "-w", "fields");
        var revision = fields.Split('\n')
            .First(line => line.StartsWith("\"Revision\"", StringComparison.Ordinal)).Split(": ")[1];
        await fixture.SettledAsync();
        var hashes = (await RunAsync("endpoint", "hashkv", "--rev", revision))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(", ")[1]);
        Assert.Single(hashes.Distinct());
    }

    [Fact]
    public async Task A_lock_is_held_while_a_command_runs_and_given_up_after_it()
    {
        Assert.Equal("inside\n", await RunAsync("lock", "o-lock", "echo", "inside"));
        Assert.Equal("again\n", await RunAsync("lock", "o-lock", "echo", "again"));
        Assert.Equal("", await RunAsync("get", "o-lock", "--prefix", "--keys-only"));
    }

    [Fact]
    public async Task An_election_is_won_and_observed()
    {
        var start = new ProcessStartInfo(
            "etcdctl", ["--endpoints=" + fixture.Endpoints, "elect", "o-elect", "me"])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["ETCDCTL_API"] = "3";
        using var campaign = Process.Start(start)!;
        try
        {
            var key = await campaign.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.Matches("^o-elect/[0-9a-f]+$", key);
            Assert.Equal(
                "me", await campaign.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            Assert.Equal($"{key}\nme\n", await RunAsync("get", "o-elect", "--prefix"));
        }
        finally
        {
            campaign.Kill();
            await campaign.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task There_are_no_users_and_roles_and_what_would_make_them_is_refused_at_once()
    {
        Assert.Equal("", await RunAsync("user", "list"));
        Assert.Equal("", await RunAsync("role", "list"));
        var refused = await Command.EtcdctlAsync(fixture.Endpoints, "role", "add", "r");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("unknown method RoleAdd", refused.Errors, StringComparison.Ordinal);
    }

    private async Task<string> RunAsync(params string[] arguments) =>
        (await Command.EtcdctlAsync(fixture.Endpoints, arguments)).Succeeded().Output;
}
