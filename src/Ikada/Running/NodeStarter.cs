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
            return await StartAsync(machine, directory, cancellation).ConfigureAwait(false);
        }
        catch (LogLostException lost)
            when (options.Join.Count > 0 || NodeSettings.MembershipOf(options).Voters.Length > 1)
        {
            RaftLog.StartsOver(_logger, options.Name, options.DataDirectory, lost.Message);
            directory = NodeDirectory.StartOver(disk, Entropy.NewRandom());
            return await StartAsync(machine, directory, cancellation).ConfigureAwait(false);
        }
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

    private async Task<StartedNode> StartAsync(
        StateMachine.IStateMachine machine, DirectoryIdentity directory, CancellationToken cancellation)
    {
        var settings = NodeSettings.Of(options);
        var desk = new MemberDesk(options, _logger);
        var desks = new MemberDesks(options, directory.Cluster);
        desks.Add(settings.Group, desk);
        var transport = new TcpPeerTransport(
            NodeSettings.TransportOf(options, directory, settings) with { Answers = desks.Answer },
            loggers,
            meters);
        var peers = new KnownPeers(transport, directory.Node, directory.Incarnation, desks);
        peers.Tell(settings.Group, _told, node: null);
        // A founder with an empty log cannot know whether the group exists already: see Newcomer.
        var isInDoubt = directory.IsStartedOver || options.InitialMembers.Count > 1;
        var node = await RaftNode.StartAsync(
            settings, machine, disk, peers, directory with { IsStartedOver = isInDoubt },
            NodeSettings.MembershipOf(options), loggers, meters, cancellation).ConfigureAwait(false);
        var inquiries = Inquiries(directory);
        Action<Membership> tell = told => peers.Tell(settings.Group, told, node);
        try
        {
            tell(_told);
            desk.Open(node, directory.Cluster);
            var newcomer = new Newcomer(options, node, directory, inquiries, tell, _logger);
            if (options.Join.Count > 0 && node.Status.Last.Index == LogIndex.Zero)
            {
                await newcomer.JoinAsync(cancellation).ConfigureAwait(false);
            }

            return new StartedNode(
                node, transport, inquiries, newcomer, () => desks.Remove(settings.Group));
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private Inquiries Inquiries(DirectoryIdentity directory) => new(
        options,
        new PeerInquirer(
            NodeSettings.TransportOf(options, directory, NodeSettings.Of(options)), loggers),
        directory.Cluster,
        options.Node.Group);
}
