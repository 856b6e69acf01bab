using Google.Protobuf;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.Cli.Client;
using Ikada.Cli.Demo;
using Ikada.Cli.Processes;

namespace Ikada.EndToEnd.Tests;

/// <summary>Three real servers, each on a small file system of its own that runs out of space (FAULTS.md
/// F38).</summary>
[Trait("Needs", "loop-device")]
[Trait("Needs", "mkfs.ext4")]
public sealed class FullDiskTests : IAsyncLifetime
{
    // The segment in use, the next and the reserve are 64 MiB each.
    private const int Megabytes = 420;
    private readonly LocalCluster _cluster = new(Command.Ikada, 3, $"test-{Guid.NewGuid():N}");
    private readonly List<SmallDisk> _disks = [];
    private readonly Dictionary<string, string> _acknowledged = [];
    private readonly StateProbe _probe = new();
    private readonly List<EtcdConnection> _servers = [];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        foreach (var member in _cluster.Members)
        {
            _disks.Add(await SmallDisk.MountAsync(member.DataDirectory, Megabytes));
        }

        _cluster.StartAll();
        _servers.AddRange(
            Endpoint.ParseList(_cluster.Endpoints, "test").Select(each => new EtcdConnection(each)));
        await Eventually.HoldsAsync("a leader", async () => await LeaderAsync() >= 0);
        // The segments that are made ahead are there.
        await Eventually.HoldsAsync(
            "three segments each", () => Task.FromResult(_cluster.Members.All(HasThreeSegments)));
    }

    public async ValueTask DisposeAsync()
    {
        _servers.ForEach(server => server.Dispose());
        _probe.Dispose();
        foreach (var member in _cluster.Members)
        {
            await member.StopAsync();
        }

        foreach (var disk in _disks)
        {
            await disk.DisposeAsync();
        }

        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task A_full_leader_hands_over_and_a_full_cluster_goes_on_when_there_is_space()
    {
        var first = await LeaderAsync();
        await _disks[first].FillAsync(leaveMegabytes: 10);
        await WriteUntilAsync(async () => await IsFullAsync(first));
        await Eventually.HoldsAsync("another leader", async () =>
            await LeaderAsync() is var leader && leader >= 0 && leader != first);
        await Eventually.HoldsAsync("a write", async () =>
            await LeaderAsync() is >= 0 and var leader
                && await TryPutAsync(leader, "after", "the first is full", _ => { }));

        foreach (var disk in Enumerable.Range(0, 3).Where(i => i != first))
        {
            await _disks[disk].FillAsync(leaveMegabytes: 10);
        }

        RpcException? refused = null;
        await WriteUntilAsync(() => Task.FromResult(refused is not null), error => refused = error);
        Assert.Equal(StatusCode.ResourceExhausted, refused!.StatusCode);
        Assert.Equal("etcdserver: mvcc: database space exceeded", refused.Status.Detail);
        // A full leader hands over, also among full ones: a server may have no leader to ask for a moment.
        await Eventually.HoldsAsync("a read", async () => await TryReadAsync("after") == "the first is full");

        _disks.ForEach(disk => disk.Free());
        for (var i = 0; i < 3; i++)
        {
            await Eventually.HoldsAsync("space again", async () => !await IsFullAsync(i));
        }

        await Eventually.HoldsAsync("a write", async () => await TryPutAsync(first, "last", "1", _ => { }));
        for (var i = 0; i < 3; i++)
        {
            foreach (var (key, value) in _acknowledged)
            {
                var range = await _servers[i].KeyValues.RangeAsync(
                    new RangeRequest { Key = ByteString.CopyFromUtf8(key) }, cancellationToken: Cancelled);
                Assert.Equal(value, Assert.Single(range.Kvs).Value.ToStringUtf8());
            }
        }
    }

    // Large values, until it is so or one is refused for want of space.
    private async Task WriteUntilAsync(Func<Task<bool>> until, Action<RpcException>? refused = null)
    {
        var value = new string('v', 1 << 20);
        for (var i = 0; !await until(); i++)
        {
            Assert.True(i < 1000, "the disks never get full");
            var leader = await LeaderAsync();
            if (leader >= 0)
            {
                await TryPutAsync(leader, $"large/{i % 8}", value, refused ?? (_ => { }));
            }
        }
    }

    private async Task<bool> TryPutAsync(int server, string key, string value, Action<RpcException> refused)
    {
        try
        {
            await _servers[server].KeyValues.PutAsync(
                new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value) },
                deadline: DateTime.UtcNow + TimeSpan.FromSeconds(10), cancellationToken: Cancelled);
            _acknowledged[key] = value;
            return true;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.ResourceExhausted)
        {
            refused(error);
            return false;
        }
        catch (RpcException)
        {
            // Unknown, or nobody leads for the moment.
            return false;
        }
    }

    // From whoever leads; null: nobody does, or not any more.
    private async Task<string?> TryReadAsync(string key)
    {
        var leader = await LeaderAsync();
        if (leader < 0)
        {
            return null;
        }

        try
        {
            var read = await _servers[leader].KeyValues.RangeAsync(
                new RangeRequest { Key = ByteString.CopyFromUtf8(key) },
                deadline: DateTime.UtcNow + TimeSpan.FromSeconds(10), cancellationToken: Cancelled);
            return Assert.Single(read.Kvs).Value.ToStringUtf8();
        }
        catch (RpcException error) when (error.StatusCode
            is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
        {
            return null;
        }
    }

    private async Task<bool> IsFullAsync(int server)
    {
        var status = await _servers[server].Maintenance.StatusAsync(
            new StatusRequest(), cancellationToken: Cancelled);
        return status.Errors.Any(error => error.Contains("NOSPACE", StringComparison.Ordinal));
    }

    private async Task<int> LeaderAsync() =>
        Array.FindIndex(
            await _probe.AskAllAsync(_cluster.Members, Cancelled), state => state is { IsLeader: true });

    private static bool HasThreeSegments(LocalMember member) =>
        Directory.EnumerateFiles(member.DataDirectory, "*.log").Sum(file => new FileInfo(file).Length)
            >= 3L * (64 << 20);
}
