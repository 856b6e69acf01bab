namespace Ikada.EndToEnd.Tests;

[Collection(SharedCluster.Name)]
[Trait("Needs", "etcdctl")]
public sealed class EtcdctlLeaseTests(ClusterFixture fixture)
{
    [Fact]
    public async Task A_transaction_takes_the_branch_its_conditions_say()
    {
        await Etcdctl("put", "t/a", "1");
        const string Script = "mod(\"t/a\") > \"0\"\nvalue(\"t/a\") = \"1\"\n\n"
            + "put t/b yes\nget t/a\n\nput t/b no\n\n";
        Assert.Equal("SUCCESS\n\nOK\n\nt/a\n1\n", await TxnAsync(Script));
        Assert.Equal("t/b\nyes\n", await Etcdctl("get", "t/b"));
        await Etcdctl("put", "t/a", "2");
        Assert.Equal("FAILURE\n\nOK\n", await TxnAsync(Script));
        Assert.Equal("t/b\nno\n", await Etcdctl("get", "t/b"));
    }

    [Fact]
    public async Task A_compaction_says_what_it_did_and_old_reads_are_refused()
    {
        await Etcdctl("put", "c/a", "1");
        await Etcdctl("put", "c/a", "2");
        var fields = await Etcdctl("get", "c/a", "-w", "fields");
        var revision = fields.Split('\n')
            .First(line => line.StartsWith("\"Revision\"", StringComparison.Ordinal)).Split(": ")[1];
        Assert.Equal(
            $"compacted revision {revision}\n", await Etcdctl("compaction", "--physical", revision));
        var old = await Command.EtcdctlAsync(fixture.Endpoints, "get", "c/a", "--rev", "2");
        Assert.Contains("required revision has been compacted", old.Errors, StringComparison.Ordinal);
        Assert.Equal("c/a\n2\n", await Etcdctl("get", "c/a"));
    }

    [Fact]
    public async Task A_lease_takes_its_keys_with_it_when_its_time_is_over_and_when_it_is_revoked()
    {
        var granted = await Etcdctl("lease", "grant", "2");
        Assert.Matches(@"^lease [0-9a-f]{16} granted with TTL\(2s\)\n$", granted);
        var id = granted.Split(' ')[1];
        Assert.Equal("OK\n", await Etcdctl("put", "l/a", "1", "--lease", id));
        Assert.Contains(id, await Etcdctl("lease", "list"), StringComparison.Ordinal);
        Assert.Equal(
            $"lease {id} keepalived with TTL(2)\n", await Etcdctl("lease", "keep-alive", "--once", id));
        Assert.Matches(
            $@"^lease {id} granted with TTL\(2s\), remaining\([012]s\), attached keys\(\[l/a\]\)\n$",
            await Etcdctl("lease", "timetolive", id, "--keys"));
        await Eventually.GetAsync(
            "the key of a lease gone", async () => await Etcdctl("get", "l/a") == "" ? "gone" : null);
        Assert.Equal(
            $"lease {id} already expired\n", await Etcdctl("lease", "timetolive", id));

        id = (await Etcdctl("lease", "grant", "100")).Split(' ')[1];
        await Etcdctl("put", "l/b", "1", "--lease", id);
        Assert.Equal($"lease {id} revoked\n", await Etcdctl("lease", "revoke", id));
        Assert.Equal("", await Etcdctl("get", "l/b"));
    }

    private async Task<string> Etcdctl(params string[] arguments) =>
        (await Command.EtcdctlAsync(fixture.Endpoints, arguments)).Succeeded().Output;

    private async Task<string> TxnAsync(string script) => (await Command.RunAsync(
        "sh",
        new() { ["ETCDCTL_API"] = "3", ["SCRIPT"] = script },
        "-c",
        $"printf '%s' \"$SCRIPT\" | etcdctl --endpoints={fixture.Endpoints} txn")).Succeeded().Output;
}
