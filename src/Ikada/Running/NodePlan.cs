using System.Diagnostics.Metrics;
using Ikada.Log;
using Ikada.Node;
using Ikada.Primitives;
using Ikada.Transport;
using Microsoft.Extensions.Logging;

namespace Ikada;

/// <summary>All that a node over an open directory is started with.</summary>
/// <param name="Options">Who it is, and whom it may ask.</param>
/// <param name="Settings">The node's.</param>
/// <param name="Transport">That of its connections.</param>
/// <param name="Directory">Its directory.</param>
/// <param name="Founders">The base of a new log; nobody: it joins.</param>
/// <param name="Told">Who belongs to the group, as a member has told; nobody: none was asked.</param>
internal sealed record NodePlan(
    RaftOptions Options,
    NodeOptions Settings,
    TransportOptions Transport,
    DirectoryIdentity Directory,
    Membership Founders,
    Membership Told)
{
    /// <summary>Starts it; one that joins is let in first.</summary>
    public async Task<StartedNode> StartAsync(
        StateMachine.IStateMachine machine, IDisk disk, ILoggerFactory loggers, IMeterFactory? meters,
        CancellationToken cancellation)
    {
        var logger = loggers.CreateLogger("Ikada");
        var desk = new MemberDesk(Options, logger);
        var desks = new MemberDesks(Options, Directory.Cluster);
        desks.Add(Settings.Group, desk);
        var transport = new TcpPeerTransport(
            Transport with { Answers = desks.Answer }, loggers, meters);
        var peers = new KnownPeers(transport, Directory.Node, Directory.Incarnation, desks);
        peers.Tell(Settings.Group, Told, node: null);
        // A founder with an empty log cannot know whether the group exists already: see Newcomer.
        var isInDoubt = Directory.IsStartedOver || Founders.Voters.Length > 1;
        var node = await RaftNode.StartAsync(
            Settings, machine, disk, peers, Directory with { IsStartedOver = isInDoubt }, Founders, loggers,
            meters, cancellation).ConfigureAwait(false);
        try
        {
            desk.Open(node, Directory.Cluster);
            var inquiries = new Inquiries(
                Options, new PeerInquirer(Transport, loggers), Directory.Cluster, Settings.Group);
            var newcomer = new Newcomer(
                Options, node, Directory, inquiries, told => peers.Tell(Settings.Group, told, node), logger);
            newcomer.Told(Told);
            if (Options.Join.Count > 0 && node.Status.Last.Index == LogIndex.Zero)
            {
                await newcomer.JoinAsync(cancellation).ConfigureAwait(false);
            }

            return new StartedNode(
                node, transport, inquiries, newcomer, () => desks.Remove(Settings.Group));
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
