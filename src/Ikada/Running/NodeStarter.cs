using System.Diagnostics.Metrics;
using Ikada.Log;
using Ikada.Node;
using Ikada.Node.Disk;
using Ikada.Transport;
using Microsoft.Extensions.Logging;

namespace Ikada;

/// <summary>Opens a directory and starts the node over it. One whose votes are lost starts over, as a wiped
/// one, if there are others who hold what was acknowledged.</summary>
internal sealed class NodeStarter(
    RaftOptions options, FileDisk disk, ILoggerFactory loggers, IMeterFactory? meters)
{
    private readonly ILogger _logger = loggers.CreateLogger("Ikada");

    public async Task<RaftNode> StartAsync(
        StateMachine.IStateMachine machine, CancellationToken cancellation)
    {
        var directory = NodeDirectory.Open(
            disk, NodeSettings.ClusterOf(options), NodeSettings.IdOf(options.Name, options.Cluster),
            Entropy.NewRandom());
        try
        {
            return await StartAsync(machine, directory, cancellation).ConfigureAwait(false);
        }
        catch (LogLostException lost) when (NodeSettings.MembershipOf(options).Voters.Length > 1)
        {
            RaftLog.StartsOver(_logger, options.Name, options.DataDirectory, lost.Message);
            directory = NodeDirectory.StartOver(disk, Entropy.NewRandom());
            return await StartAsync(machine, directory, cancellation).ConfigureAwait(false);
        }
    }

    private Task<RaftNode> StartAsync(
        StateMachine.IStateMachine machine, DirectoryIdentity directory, CancellationToken cancellation)
    {
        var node = NodeSettings.Of(options);
        var transport = new TcpPeerTransport(
            NodeSettings.TransportOf(options, directory, node), loggers, meters);
        return RaftNode.StartAsync(
            node, machine, disk, transport, directory, NodeSettings.MembershipOf(options), loggers, meters,
            cancellation);
    }
}
