using System.Diagnostics;
using System.Text.RegularExpressions;
using Ikada.Cli.Processes;

namespace Ikada.EndToEnd.Tests;

/// <summary>The verbs of a client print what etcdctl prints.</summary>
[Trait("Needs", "etcdctl")]
public sealed class ClientVerbsTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    // One server, since its id is part of most answers.
    private string First => fixture.Cluster.Members[0].Endpoint;

    [Fact]
    public async Task What_can_be_asked_twice_is_told_as_by_etcdctl()
    {
        // The answers themselves are compared form by form in the tests of the printers.
        await SameAsync("member", "list");
        await SameAsync("member", "list", "-w", "json");
        await SameAsync("alarm", "list", "-w", "json");
        await SameAsync("lease", "timetolive", "77", "--keys", "-w", "fields");
        await SameAsync("endpoint", "status", "-w", "table");
        await SameAsync("endpoint", "hashkv", "-w", "fields");
        var health = (await IkadaAsync("endpoint", "health", "--cluster")).Split('\n');
        Assert.Equal(3, health.Count(line => line.Contains(" is healthy: ", StringComparison.Ordinal)));
        var some = await Command.IkadaAsync("endpoint", "health", $"--endpoints=127.0.0.1:1,{First}");
        Assert.Equal(1, some.ExitCode);
        Assert.Contains("127.0.0.1:1 is unhealthy: failed to commit proposal: no connection", some.Output,
            StringComparison.Ordinal);
        Assert.Equal("ikada: error: unhealthy cluster\n", some.Errors);
    }

    [Fact]
    public async Task A_transaction_is_read_and_told_as_by_etcdctl()
    {
        await IkadaAsync("put", "x/a", "1");
        const string Script = "mod(\"x/a\") > \"0\"\nvalue(\"x/a\") != \"1\"\n\nput x/b yes\n\n"
            + "get x/a\ndel x/none --prefix\nput x/b \"a b\"\n\n";
        foreach (var form in (string[])["simple", "fields"])
        {
            // Each makes one revision and a version more.
            var ours = Regex.Replace(await PipedAsync(Command.Ikada, Script, "txn", "-w", form), "\\d+", "N");
            var theirs = Regex.Replace(await PipedAsync("etcdctl", Script, "txn", "-w", form), "\\d+", "N");
            Assert.Equal(theirs, ours);
        }

        Assert.Equal("x/b\na b\n", await IkadaAsync("get", "x/b"));
        Assert.StartsWith(
            "compares:\nsuccess requests (get, put, del):\nfailure requests (get, put, del):\nFAILURE\n",
            await PipedAsync(Command.Ikada, Script, "txn", "-i"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lease_is_granted_kept_shown_and_revoked()
    {
        var granted = await IkadaAsync("lease", "grant", "100");
        Assert.Matches(@"^lease [0-9a-f]{16} granted with TTL\(100s\)\n$", granted);
        var id = granted.Split(' ')[1];
        Assert.Equal("OK\n", await IkadaAsync("put", "l/a", "1", "--lease", id));
        Assert.Equal("OK\nl/a\n1\n", await IkadaAsync("put", "l/a", "2", "--ignore-lease", "--prev-kv"));
        Assert.Equal("OK\n", await IkadaAsync("put", "l/a", "--ignore-value", "--lease", id));
        Assert.Equal("l/a\n2\n", await IkadaAsync("get", "l/a"));
        Assert.Equal($"lease {id} keepalived with TTL(100)\n",
            await IkadaAsync("lease", "keep-alive", "--once", id));
        Assert.Matches(
            $@"^lease {id} granted with TTL\(100s\), remaining\(\d+s\), attached keys\(\[l/a\]\)\n$",
            await IkadaAsync("lease", "timetolive", id, "--keys"));
        Assert.Contains(id, await IkadaAsync("lease", "list"), StringComparison.Ordinal);
        Assert.Equal($"lease {id} revoked\n", await IkadaAsync("lease", "revoke", id));
        Assert.Equal("", await IkadaAsync("get", "l/a"));
        var gone = await Command.IkadaAsync("lease", "keep-alive", "--once", id, "--endpoints", First);
        Assert.Contains("requested lease not found", gone.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_tells_history_goes_on_at_another_server_and_ends_at_ctrl_c()
    {
        await IkadaAsync("put", "w/a", "1");
        var members = fixture.Cluster.Members;
        // Another test of the class may have compacted what is older.
        var read = await IkadaAsync("get", "w/a", "-w", "json");
        var revision = Regex.Match(read, "\"mod_revision\":(\\d+)").Groups[1].Value;
        using var watch = Start(
            "watch", "w/", "--prefix", "--prev-kv", $"--rev={revision}", "--endpoints",
            $"{members[2].Endpoint},{members[1].Endpoint},{members[0].Endpoint}");
        try
        {
            await ReadAsync(watch, "PUT", "w/a", "1");
            members[2].Kill();
            await IkadaAsync("put", "w/a", "2");
            await ReadAsync(watch, "PUT", "w/a", "1", "w/a", "2");
            await IkadaAsync("del", "w/a");
            await ReadAsync(watch, "DELETE", "w/a", "2", "w/a", "");
            Assert.True(Signals.AskToStop(watch.Id));
            await watch.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, watch.ExitCode);
        }
        finally
        {
            if (!watch.HasExited)
            {
                watch.Kill();
            }

            fixture.Cluster.Start(members[2]);
            await fixture.SettledAsync();
        }
    }

    [Fact]
    public async Task A_watch_of_what_has_been_compacted_says_so()
    {
        await IkadaAsync("put", "c/a", "1");
        await IkadaAsync("put", "c/a", "2");
        var revision = Regex.Match(await IkadaAsync("get", "c/a", "-w", "json"), "\"mod_revision\":(\\d+)");
        await IkadaAsync("compaction", revision.Groups[1].Value);
        var watched = await Command.IkadaAsync("watch", "c/a", "--rev=1", "--endpoints", First);
        Assert.Equal(1, watched.ExitCode);
        Assert.Contains(
            "watch was canceled (etcdserver: mvcc: required revision has been compacted", watched.Errors,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_are_added_updated_and_removed()
    {
        var added = await IkadaAsync(
            "member", "add", "x", "--learner", "--peer-urls=http://127.0.0.1:9");
        Assert.Matches(
            "^Member [0-9a-f ]{16} added to cluster [0-9a-f ]{16}\n\nETCD_NAME=\"x\"\n"
            + "ETCD_INITIAL_CLUSTER=\"[^\"]*x=http://127.0.0.1:9[^\"]*\"\n"
            + "ETCD_INITIAL_ADVERTISE_PEER_URLS=\"http://127.0.0.1:9\"\n"
            + "ETCD_INITIAL_CLUSTER_STATE=\"existing\"\n$",
            added);
        var id = added.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        var refused = await Command.IkadaAsync("member", "promote", id, "--endpoints", fixture.Endpoints);
        Assert.Contains("in sync with leader", refused.Errors, StringComparison.Ordinal);
        Assert.Contains(
            " updated in cluster ",
            await IkadaAsync("member", "update", id, "--peer-urls=http://127.0.0.1:10"),
            StringComparison.Ordinal);
        Assert.Contains(
            $"{id}, unstarted, , http://127.0.0.1:10, , true\n", await IkadaAsync("member", "list"),
            StringComparison.Ordinal);
        Assert.Contains(
            " removed from cluster ", await IkadaAsync("member", "remove", id), StringComparison.Ordinal);
    }

    private async Task SameAsync(params string[] arguments)
    {
        var theirs = await Command.EtcdctlAsync(First, arguments);
        var ours = await Command.IkadaAsync([.. arguments, "--endpoints", First]);
        Assert.Equal(
            $"{string.Join(' ', arguments)}\n{theirs.Succeeded().Output}",
            $"{string.Join(' ', arguments)}\n{ours.Succeeded().Output}");
    }

    private async Task<string> IkadaAsync(params string[] arguments) =>
        (await Command.IkadaAsync([.. arguments, "--endpoints", First])).Succeeded().Output;

    private async Task<string> PipedAsync(string program, string script, params string[] arguments) =>
        (await Command.RunAsync(
            "sh",
            new() { ["ETCDCTL_API"] = "3", ["SCRIPT"] = script },
            [
                "-c", "printf '%s' \"$SCRIPT\" | \"$0\" \"$@\"", program, $"--endpoints={First}",
                .. arguments,
            ])).Succeeded().Output;

    private static Process Start(params string[] arguments) => Process.Start(
        new ProcessStartInfo(Command.Ikada, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;

    private static async Task ReadAsync(Process watch, params string[] expected)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(
            TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        foreach (var line in expected)
        {
            Assert.Equal(line, await watch.StandardOutput.ReadLineAsync(limit.Token));
        }
    }
}
