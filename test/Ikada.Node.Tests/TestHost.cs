using System.Net;
using System.Security.Cryptography;
using System.Text;
using Ikada.Log;
using Ikada.Node.Disk;
using Ikada.Primitives;
using Ikada.Replica;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ikada.Node.Tests;

/// <summary>A process's groups over a directory of its own.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly FileDisk _disk;
    private readonly int _members;
    private readonly Dictionary<GroupId, (RaftNode Node, ListMachine Machine)> _groups = [];

    private TestHost(FileDisk disk, NodeHost host, int members) =>
        (_disk, Host, _members) = (disk, host, members);

    public NodeHost Host { get; }

    public RaftNode this[GroupId group] => _groups[group].Node;

    public ListMachine Machine(GroupId group) => _groups[group].Machine;

    public static async Task<TestHost> StartAsync(
        string directory, int number = 0, IPEndPoint[]? endPoints = null, NodeOptions? options = null)
    {
        var disk = new FileDisk(directory);
        var identity = NodeDirectory.Open(
            disk, TestNode.Cluster, TestNode.Id(number),
            new RandomSource(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8))));
        IPeerTransport transport = endPoints is null
            ? new NoPeers() : TestNode.Tcp(number, identity, endPoints, endPoints);
        var host = await NodeHost.StartAsync(
            options ?? TestNode.Options, disk, transport, identity, NullLoggerFactory.Instance,
            cancellation: TestContext.Current.CancellationToken);
        return new TestHost(disk, host, endPoints?.Length ?? 1);
    }

    public async Task OpenAsync(GroupId group)
    {
        var machine = new ListMachine();
        var node = await Host.OpenAsync(
            group, machine, TestNode.MembershipOf(_members),
            cancellation: TestContext.Current.CancellationToken);
        _groups[group] = (node, machine);
    }

    public Task<WriteOutcome> TryProposeAsync(GroupId group, string command) => this[group].ProposeAsync(
        Encoding.UTF8.GetBytes(command), TestContext.Current.CancellationToken).AsTask();

    public async Task ProposeAsync(GroupId group, string command) =>
        Assert.Equal(OutcomeKind.Applied, (await TryProposeAsync(group, command)).Kind);

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        _disk.Dispose();
    }
}

/// <summary>Three processes with the same groups, as far as one process can have them.</summary>
internal sealed class HostCluster(string directory, NodeOptions options, GroupId[] groups) : IAsyncDisposable
{
    private const int Size = 3;
    private readonly IPEndPoint[] _endPoints = TestNode.FreeEndPoints(Size);
    private readonly TestHost?[] _hosts = new TestHost?[Size];

    public IReadOnlyList<GroupId> Groups => groups;

    public IEnumerable<TestHost> Live => _hosts.OfType<TestHost>();

    public TestHost this[int number] => _hosts[number]!;

    public static async Task<HostCluster> StartAsync(
        string directory, int groups, NodeOptions? options = null)
    {
        var cluster = new HostCluster(
            directory, options ?? TestNode.Options,
            [.. Enumerable.Range(1, groups).Select(id => new GroupId((ulong)id))]);
        for (var number = 0; number < Size; number++)
        {
            await cluster.StartAsync(number);
        }

        return cluster;
    }

    public async Task StartAsync(int number)
    {
        _hosts[number] = await TestHost.StartAsync(
            Path.Combine(directory, $"{number}"), number, _endPoints, options);
        foreach (var group in groups)
        {
            await _hosts[number]!.OpenAsync(group);
        }
    }

    public async Task StopAsync(int number)
    {
        var host = _hosts[number]!;
        _hosts[number] = null;
        await host.DisposeAsync();
    }

    /// <summary>Proposes at any process that is there.</summary>
    public Task ProposeAsync(GroupId group, string command) => Live.First().ProposeAsync(group, command);

    public async ValueTask DisposeAsync()
    {
        foreach (var host in Live)
        {
            await host.DisposeAsync();
        }
    }
}
