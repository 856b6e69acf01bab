using System.Net;
using DotNext.Net.Cluster.Consensus.Raft;
using DotNext.Net.Cluster.Consensus.Raft.Membership;
using DotNext.Net.Cluster.Consensus.Raft.StateMachine;
using Ikada.InProcess;

namespace Ikada.DotNextNode;

/// <summary>A member over TCP, with the library's write-ahead log.</summary>
internal sealed class DotNextNode(RaftCluster cluster, WriteAheadLog log, Adder machine) : IReplicatedNode
{
    private const int ElectionMilliseconds = NodeArguments.ElectionMilliseconds;
    private const double HeartbeatShare = (double)NodeArguments.HeartbeatMilliseconds / ElectionMilliseconds;
    private const int ChunkBytes = 4 << 20;

    public IReadOnlyList<Propose> Led =>
        cluster.LeadershipToken.IsCancellationRequested ? [] : [ProposeAsync];

    public static async Task<DotNextNode> StartAsync(NodeArguments arguments)
    {
        var machine = new Adder(new DirectoryInfo(Path.Combine(arguments.Directory, "snapshots")));
        await machine.RestoreAsync();
        var log = new WriteAheadLog(
            new WriteAheadLog.Options
            {
                Location = Path.Combine(arguments.Directory, "log"),
                MemoryManagement = arguments.Mode == "private"
                    ? WriteAheadLog.MemoryManagementStrategy.PrivateMemory
                    : WriteAheadLog.MemoryManagementStrategy.SharedMemory,
                ChunkSize = ChunkBytes,
            },
            machine);
        var cluster = new RaftCluster(Configuration(arguments)) { AuditTrail = log };
        await cluster.StartAsync(CancellationToken.None);
        return new DotNextNode(cluster, log, machine);
    }

    public async ValueTask DisposeAsync()
    {
        await cluster.StopAsync(CancellationToken.None);
        await cluster.DisposeAsync();
        await log.DisposeAsync();
        await machine.DisposeAsync();
    }

    private static RaftCluster.TcpConfiguration Configuration(NodeArguments arguments)
    {
        var configuration = new RaftCluster.TcpConfiguration(arguments.Addresses[arguments.Number])
        {
            ColdStart = false,
            // Its own, in memory.
            ConfigurationStorage = null,
            LowerElectionTimeout = ElectionMilliseconds,
            UpperElectionTimeout = 2 * ElectionMilliseconds,
            HeartbeatThreshold = HeartbeatShare,
            ConnectTimeout = TimeSpan.FromMilliseconds(ElectionMilliseconds),
        };
        var members = (
            (InMemoryClusterConfigurationStorage<EndPoint>)configuration.ConfigurationStorage!)
            .CreateInitialConfigurationBuilder();
        foreach (var address in arguments.Addresses)
        {
            members.Add(address);
        }

        members.Build();
        return configuration;
    }

    private async ValueTask<bool> ProposeAsync(ReadOnlyMemory<byte> command)
    {
        await cluster.ReplicateAsync(command);
        return true;
    }
}
