namespace Ikada.EndToEnd.Tests;

[Trait("Needs", "etcdctl")]
public sealed class MaintenanceVerbsTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    [Fact]
    public async Task Alarms_compaction_defrag_and_move_leader_print_what_etcdctl_prints()
    {
        var all = fixture.Endpoints;
        Assert.Equal("", (await Command.IkadaAsync("alarm", "list", "--endpoints", all)).Succeeded().Output);
        Assert.Equal("", (await Command.EtcdctlAsync(all, "alarm", "disarm")).Succeeded().Output);
        (await Command.EtcdctlAsync(all, "put", "m", "1")).Succeeded();
        Assert.Equal(
            "compacted revision 2\n",
            (await Command.IkadaAsync("compaction", "2", "--physical", "--endpoints", all))
                .Succeeded().Output);
        var first = fixture.Cluster.Members[0].Endpoint;
        Assert.Equal(
            (await Command.EtcdctlAsync(first, "defrag")).Succeeded().Output,
            (await Command.IkadaAsync("defrag", "--endpoints", first)).Succeeded().Output);
        var refused = await Command.IkadaAsync("move-leader", "1", "--endpoints", all);
        Assert.Contains("etcdserver: bad leader transferee", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_snapshot_that_either_client_saves_is_found_whole_and_a_damaged_one_is_not()
    {
        var endpoint = fixture.Cluster.Members[0].Endpoint;
        foreach (var by in (string[])["ikada", "etcdctl"])
        {
            var file = Path.Combine(fixture.Cluster.Directory, by + ".snapshot");
            (by == "ikada"
                ? await Command.IkadaAsync("snapshot", "save", file, "--endpoints", endpoint)
                : await Command.EtcdctlAsync(endpoint, "snapshot", "save", file)).Succeeded();
            var status = (await Command.IkadaAsync("snapshot", "status", file)).Succeeded();
            Assert.Matches("^[0-9a-f]{16}, revision [0-9]+, [0-9]+ keys, [0-9]+ bytes\n$", status.Output);
            var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            bytes[100] ^= 1;
            await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
            var damaged = await Command.IkadaAsync("snapshot", "status", file);
            Assert.Contains("its checksum does not fit", damaged.Errors, StringComparison.Ordinal);
        }
    }
}
