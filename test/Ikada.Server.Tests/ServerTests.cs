using System.Net;
using System.Net.Sockets;
using Ikada.Api.Etcd;
using Ikada.Log;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ikada.Server.Tests;

public sealed class ServerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_single_server_keeps_what_it_acknowledged_over_a_restart()
    {
        await using var cluster = new TestCluster(1);
        await cluster.StartAsync(0);
        await cluster.PutAsync(0, "a", "1");
        await cluster.PutAsync(0, "a", "2");
        var before = await cluster.StatusAsync(0);
        await cluster.StopAsync(0);
        await cluster.StartAsync(0);
        await TestCluster.EventuallyAsync(async () => (await cluster.StatusAsync(0)).Leader != 0);
        Assert.Equal("2", await cluster.GetAsync(0, "a"));
        var after = await cluster.StatusAsync(0);
        Assert.Equal(before.Header.MemberId, after.Header.MemberId);
        Assert.Equal(before.Header.ClusterId, after.Header.ClusterId);
        Assert.Equal(before.Header.Revision, after.Header.Revision);
        Assert.True(after.RaftTerm > before.RaftTerm);
    }

    [Fact]
    public async Task The_engine_may_be_another_one_after_each_restart()
    {
        await using var cluster = new TestCluster(1);
        StorageEngine[] engines =
        [
            StorageEngine.Memory, StorageEngine.RocksDb, StorageEngine.RocksDb, StorageEngine.Memory,
            StorageEngine.RocksDb,
        ];
        for (var start = 0; start < engines.Length; start++)
        {
            var options = cluster.Options(0) with { StorageEngine = engines[start], SnapshotEntries = 5 };
            await cluster.StartAsync(0, options);
            await TestCluster.EventuallyAsync(async () => (await cluster.StatusAsync(0)).Leader != 0);
            for (var before = 0; before < start; before++)
            {
                Assert.Equal("value", await cluster.GetAsync(0, $"of start {before}"));
            }

            for (var i = 0; i < 9; i++)
            {
                await cluster.PutAsync(0, "counted", $"{i}");
            }

            await cluster.PutAsync(0, $"of start {start}", "value");
            var version = (await cluster.StatusAsync(0)).Header.Revision;
            Assert.Equal(1 + (10 * (start + 1)), version);
            await cluster.StopAsync(0);
            // What RocksDB had stays beside the engine in memory.
            Assert.Equal(
                start == 0 ? 0 : 1, Directory.GetDirectories(options.DataDirectory, "kv-*").Length);
        }
    }

    [Fact]
    public async Task A_damaged_engine_is_set_aside_and_its_state_is_made_anew()
    {
        await using var cluster = new TestCluster(1);
        var options = cluster.Options(0) with { StorageEngine = StorageEngine.RocksDb };
        for (var start = 0; start < 3; start++)
        {
            await cluster.StartAsync(0, options);
            await TestCluster.EventuallyAsync(async () => (await cluster.StatusAsync(0)).Leader != 0);
            Assert.Equal(1 + start, (await cluster.StatusAsync(0)).Header.Revision);
            await cluster.PutAsync(0, "key", $"{start}");
            await cluster.StopAsync(0);
            // Of the second damage only the last is kept.
            Assert.Equal(
                Math.Min(start, 1), Directory.GetDirectories(options.DataDirectory, "damaged-kv-*").Length);
            var engine = Assert.Single(Directory.GetDirectories(options.DataDirectory, "kv-*"));
            var files = Directory.GetFiles(engine, "MANIFEST-*", SearchOption.AllDirectories);
            var bytes = await File.ReadAllBytesAsync(Assert.Single(files), Token);
            bytes[bytes.Length / 2] ^= 4;
            await File.WriteAllBytesAsync(files[0], bytes, Token);
        }
    }

    [Fact]
    public void A_machine_without_the_native_library_is_told_what_to_do()
    {
        Assert.Equal(StorageEngine.RocksDb, new ServerOptions { DataDirectory = "x" }.StorageEngine);
        var directory = Directory.CreateTempSubdirectory("ikada-engine-");
        using var engine = new StoreEngine(
            new ServerOptions { DataDirectory = directory.FullName },
            NullLogger.Instance,
            _ => throw new DllNotFoundException("Unable to load shared library 'rocksdb'."));
        var told = Assert.Throws<ServerStartException>(
            () => engine.Open(new DirectoryIdentity(default, default, default, default)));
        Assert.Contains("Unable to load shared library 'rocksdb'", told.Message, StringComparison.Ordinal);
        Assert.Contains("--storage-engine=memory", told.Message, StringComparison.Ordinal);
        directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Three_servers_agree_whoever_is_asked_and_go_on_without_one()
    {
        await using var cluster = new TestCluster(3);
        await cluster.StartAllAsync();
        for (var at = 0; at < 3; at++)
        {
            await cluster.PutAsync(at, $"key{at}", $"value{at}");
        }

        for (var at = 0; at < 3; at++)
        {
            Assert.Equal("value0", await cluster.GetAsync(at, "key0"));
            Assert.Equal("value2", await cluster.GetAsync(at, "key2"));
        }

        await AllShowTheSameMembersAsync(cluster);
        var leader = (await cluster.StatusAsync(0)).Leader;
        var led = Enumerable.Range(0, 3).Single(at => cluster.Server(at).Identity.Member.Value == leader);
        await cluster.StopAsync(led);
        var other = (led + 1) % 3;
        await cluster.PutAsync(other, "after", "the leader left");
        await cluster.StartAsync(led);
        await TestCluster.EventuallyAsync(async () => (await cluster.StatusAsync(led)).Leader != 0);
        Assert.Equal("the leader left", await cluster.GetAsync(led, "after"));
        await HashesAgreeAsync(cluster);
    }

    [Fact]
    public async Task A_member_that_exists_knows_cluster_and_peers_without_the_flags_that_made_it()
    {
        await using var cluster = new TestCluster(3);
        await cluster.StartAllAsync();
        await cluster.PutAsync(0, "before", "1");
        var before = cluster.Server(0).Identity;
        for (var at = 0; at < 3; at++)
        {
            await cluster.StopAsync(at);
        }

        for (var at = 0; at < 3; at++)
        {
            var options = cluster.Options(at);
            var alone = new InitialMember(options.Name, options.AdvertisePeerUrls);
            await cluster.StartAsync(at, options with
            {
                InitialCluster = [alone],
                InitialClusterToken = "other",
                InitialIdentityIsGiven = false,
            });
        }

        Assert.Equal(before, cluster.Server(0).Identity);
        await cluster.PutAsync(1, "after", "2");
        Assert.Equal("1", await cluster.GetAsync(2, "before"));
        Assert.Equal("2", await cluster.GetAsync(2, "after"));
    }

    [Fact]
    public async Task A_server_that_cannot_start_says_why_and_leaves_nothing_behind()
    {
        await using var cluster = new TestCluster(1);
        await cluster.StartAsync(0);
        var options = cluster.Options(0);
        await SaysAsync("held by another process", options);

        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await cluster.StopAsync(0);
        await SaysAsync(
            $":{port}", options with { ListenClientUrls = [new Uri($"http://127.0.0.1:{port}")] });
        await SaysAsync($":{port}", options with { ListenPeerUrls = [new Uri($"http://127.0.0.1:{port}")] });
        await SaysAsync("belongs to member", options with { InitialClusterToken = "another" });
        await SaysAsync(
            "'somewhere' is a name", options with { ListenClientUrls = [new Uri("http://somewhere:1")] });
        await SaysAsync("--initial-cluster-state", options with
        {
            InitialClusterState = ClusterState.Existing,
            DataDirectory = Path.Combine(options.DataDirectory, "fresh"),
        });
        await cluster.StartAsync(0);
    }

    private static async Task SaysAsync(string part, ServerOptions options)
    {
        var failure =
            await Assert.ThrowsAsync<ServerStartException>(() => IkadaServer.StartAsync(options, Token));
        Assert.Contains(part, failure.Message, StringComparison.Ordinal);
    }

    private static async Task AllShowTheSameMembersAsync(TestCluster cluster)
    {
        for (var at = 0; at < 3; at++)
        {
            await TestCluster.EventuallyAsync(async () =>
            {
                var list = await cluster.Cluster(at).MemberListAsync(
                    new MemberListRequest { Linearizable = true }, cancellationToken: Token);
                return list.Members.Select(member => member.Name).Order().SequenceEqual(["n0", "n1", "n2"])
                    && list.Members.All(member => member.PeerURLs.Count == 1 && member.ClientURLs.Count == 1);
            });
        }
    }

    private static async Task HashesAgreeAsync(TestCluster cluster)
    {
        await TestCluster.EventuallyAsync(async () =>
        {
            var hashes = new HashSet<uint>();
            var applied = new HashSet<ulong>();
            for (var at = 0; at < 3; at++)
            {
                hashes.Add((await cluster.Maintenance(at)
                    .HashAsync(new HashRequest(), cancellationToken: Token)).Hash);
                applied.Add((await cluster.StatusAsync(at)).RaftAppliedIndex);
            }

            return hashes.Count == 1 && applied.Count == 1;
        });
        var first = await cluster.Maintenance(0).HashKVAsync(new HashKVRequest(), cancellationToken: Token);
        var last = await cluster.Maintenance(2).HashKVAsync(
            new HashKVRequest { Revision = first.HashRevision }, cancellationToken: Token);
        Assert.Equal(first.Hash, last.Hash);
    }
}
