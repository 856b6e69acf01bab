using System.Collections.Concurrent;
using Ikada.Log;
using Ikada.Node;
using Ikada.Primitives;
using Ikada.Transport;
using Microsoft.Extensions.Logging;

namespace Ikada;

/// <summary>Opens the groups of a process, each of which finds its place by itself.</summary>
internal sealed class HostedGroups(
    RaftOptions process,
    NodeHost host,
    TcpPeerTransport transport,
    DirectoryIdentity directory,
    MemberDesks desks,
    KnownPeers peers,
    ILoggerFactory loggers) : IAsyncDisposable
{
    // Each question is a connection, and the others take a bounded number of them.
    private const int LooksMax = 8;

    private readonly SemaphoreSlim _turns = new(LooksMax);
    private readonly ConcurrentDictionary<GroupId, StartedNode> _open = new();
    private readonly PeerInquirer _inquirer = new(
        NodeSettings.TransportOf(process, directory, NodeSettings.Of(process)), loggers);

    /// <summary>Opens one, and waits until it is let in where it joins.</summary>
    /// <exception cref="RaftJoinException">It is refused.</exception>
    public async Task<StartedNode> OpenAsync(
        string name, GroupId group, StateMachine.IStateMachine machine, CancellationToken cancellation)
    {
        var logger = loggers.CreateLogger($"Ikada.{name}");
        var desk = new MemberDesk(process, logger);
        var node = await host.OpenAsync(
            group, machine, NodeSettings.MembershipOf(process), name, cancellation).ConfigureAwait(false);
        try
        {
            desks.Add(group, desk);
            desk.Open(node, directory.Cluster);
            var inquiries = new Inquiries(process, _inquirer, directory.Cluster, group, _turns);
            var newcomer = new Newcomer(
                process, node, directory, inquiries, told => peers.Tell(group, told, node), logger);
            if (process.Join.Count > 0 && node.Status.Last.Index == LogIndex.Zero)
            {
                await newcomer.JoinAsync(cancellation).ConfigureAwait(false);
            }

            return _open[group] = new StartedNode(
                node, transport, inquiries, newcomer, () => Closed(group));
        }
        catch
        {
            Closed(group);
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>After the host has ended: waits until none asks any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_open.Values.Select(node => node.DisposeAsync().AsTask())).ConfigureAwait(false);
        _turns.Dispose();
    }

    private void Closed(GroupId group)
    {
        desks.Remove(group);
        peers.Forget(group);
        _open.TryRemove(group, out _);
    }
}
