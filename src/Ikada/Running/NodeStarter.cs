using System.Diagnostics.Metrics;
using Ikada.Log;
using Ikada.Node;
using Ikada.Node.Disk;
using Ikada.Primitives;
using Ikada.Transport;
using Microsoft.Extensions.Logging;

namespace Ikada;

/// <summary>Opens a directory and starts the node over it. One whose votes are lost starts over, as a wiped
/// one, if there are others who hold what was acknowledged.</summary>
internal sealed class NodeStarter(
    RaftOptions options, FileDisk disk, ILoggerFactory loggers, IMeterFactory? meters)
{
    private readonly ILogger _logger = loggers.CreateLogger("Ikada");
    private Membership _told = Membership.Empty;

    public async Task<StartedNode> StartAsync(
        StateMachine.IStateMachine machine, CancellationToken cancellation)
    {
        var found = DirectoryOwner.Check(disk, options);
        var cluster = await ClusterAsync(found, cancellation).ConfigureAwait(false);
        var directory = NodeDirectory.Open(
            disk, cluster, NodeSettings.IdOf(options.Name, options.Cluster), Entropy.NewRandom());
        DirectoryOwner.Write(disk, options);
        try
        {
            return await PlanOf(directory).StartAsync(machine, disk, loggers, meters, cancellation)
                .ConfigureAwait(false);
        }
        catch (LogLostException lost)
            when (options.Join.Count > 0 || NodeSettings.MembershipOf(options).Voters.Length > 1)
        {
            RaftLog.StartsOver(_logger, options.Name, options.DataDirectory, lost.Message);
            directory = NodeDirectory.StartOver(disk, Entropy.NewRandom());
            return await PlanOf(directory).StartAsync(machine, disk, loggers, meters, cancellation)
                .ConfigureAwait(false);
        }
    }

    private NodePlan PlanOf(DirectoryIdentity directory)
    {
        var settings = NodeSettings.Of(options);
        return new NodePlan(
            options, settings, NodeSettings.TransportOf(options, directory, settings), directory,
            NodeSettings.MembershipOf(options), _told);
    }

    // A directory says which group it belongs to; one that is new belongs to the group that it joins or
    // founds.
    private async Task<ClusterId> ClusterAsync(DirectoryIdentity? found, CancellationToken cancellation)
    {
        if (options.Join.Count > 0)
        {
            var self = NodeSettings.IdOf(options.Name, options.Cluster);
            var lookout = new GroupLookout(
                options, Inquiries(found ?? new DirectoryIdentity(default, self, default, default)), _logger);
            if (found is null)
            {
                var group = await lookout.FindAsync(cancellation).ConfigureAwait(false);
                _told = group.Membership;
                return group.Cluster;
            }

            _told = await lookout.CheckAsync(cancellation).ConfigureAwait(false);
        }

        return found?.Cluster ?? NodeSettings.ClusterOf(options);
    }

    private Inquiries Inquiries(DirectoryIdentity directory) => new(
        options,
        new PeerInquirer(
            NodeSettings.TransportOf(options, directory, NodeSettings.Of(options)), loggers),
        directory.Cluster,
        options.Node.Group);
}
