using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Ikada.Log;
using Ikada.Primitives;
using Ikada.StateMachine;
using Microsoft.Extensions.Logging;

namespace Ikada.Node;

/// <summary>
/// Several groups in one process, over one log, one set of threads and one transport. All bear the process's
/// node id and incarnation. What stops one of them stops all: a failed disk, a state machine that throws, a
/// log that lost what it had acknowledged. A replica that goes on without its machine or its log would
/// acknowledge what it cannot keep, and the others must see it gone.
/// </summary>
public sealed class NodeHost : IAsyncDisposable
{
    private readonly NodeOptions _options;
    private readonly HostParts _parts;
    private readonly ConsensusThread _consensus;
    private readonly GroupOpening _opening;
    private readonly ConcurrentDictionary<GroupId, RaftNode> _groups = new();
    private readonly TaskCompletionSource _completion =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _stopping;
    private Task _supervision = Task.CompletedTask;

    internal NodeHost(
        NodeOptions options, IDisk disk, IPeerTransport transport, DirectoryIdentity identity,
        ILoggerFactory loggers, IMeterFactory? meters, bool isShared)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(loggers);
        if (options.Validate() is { } problem)
        {
            throw new ArgumentException(problem, nameof(options));
        }

        _options = options;
        var members = new MemberTable();
        var metrics = new NodeMetrics(meters, () => members.All, isShared);
        _parts = new HostParts(options, disk, transport, identity.Node, metrics, loggers);
        _consensus = new ConsensusThread(options, _parts, members);
        _opening = new GroupOpening(options, identity, disk, _parts, _consensus);
        // A fault that nobody asks about is in the log; it must not come back as an unobserved one.
        _ = _completion.Task.ContinueWith(
            ended => ended.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    /// <summary>Ends when the host and all its groups have stopped; faulted with the reason when it had to
    /// stop by itself.</summary>
    public Task Completion => _completion.Task;

    /// <summary>The groups that are open.</summary>
    public IReadOnlyCollection<RaftNode> Groups =>
        [.. _groups.Values.Where(static node => node.IsOpen)];

    /// <summary>How long the disk has been at its present operation; zero if it has none.</summary>
    public TimeSpan DiskBusy => _parts.Disk.Busy;

    internal HostParts Parts => _parts;

    /// <summary>Recovers the log on the calling thread, starts the threads and listens. Groups are opened by
    /// <see cref="OpenAsync"/>. The host takes over the transport; the disk stays the caller's, and must live
    /// until the host is disposed.</summary>
    /// <param name="options">The settings, of the host and of its groups; <see cref="NodeOptions.Group"/> is
    /// not looked at.</param>
    /// <param name="disk">The process's directory.</param>
    /// <param name="transport">The connections to the other processes, not started.</param>
    /// <param name="identity">Whose directory it is, with its start count raised already.</param>
    /// <param name="loggers">Takes the logs.</param>
    /// <param name="meters">Makes the meter; without one the host makes its own.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="LogLostException">A vote of some group is lost: the caller starts the directory over,
    /// or gives up.</exception>
    /// <exception cref="LogOpenException">The log cannot be opened.</exception>
    /// <exception cref="DiskException">The disk could not be read or written.</exception>
    /// <exception cref="IOException">The transport cannot listen.</exception>
    public static async Task<NodeHost> StartAsync(
        NodeOptions options,
        IDisk disk,
        IPeerTransport transport,
        DirectoryIdentity identity,
        ILoggerFactory loggers,
        IMeterFactory? meters = null,
        CancellationToken cancellation = default)
    {
        var host = new NodeHost(options, disk, transport, identity, loggers, meters, isShared: true);
        await host.StartAsync(host._opening.CheckVotes, cancellation).ConfigureAwait(false);
        return host;
    }

    /// <summary>Opens a group: one that the log holds goes on where it was, any other starts with
    /// <paramref name="initialMembership"/>. Restores the state machine on the calling thread.</summary>
    /// <param name="group">Which; not 0. Once in the life of a host, closed or not.</param>
    /// <param name="machine">Its state machine, which stays the caller's.</param>
    /// <param name="initialMembership">The base of a new group, the same on every node.</param>
    /// <param name="name">What logs call the group. Default: its id.</param>
    /// <param name="cancellation">Gives up waiting; the group may be opened all the same.</param>
    /// <returns>The member of the group. Disposing it closes the group.</returns>
    /// <exception cref="ArgumentException">The group was opened before.</exception>
    /// <exception cref="LogLostException">A vote of the group is lost: the caller stops the host and starts
    /// the directory over, or gives up.</exception>
    /// <exception cref="LogOpenException">The group's snapshots cannot be opened.</exception>
    /// <exception cref="NodeStoppedException">The host has stopped or is stopping.</exception>
    public async Task<RaftNode> OpenAsync(
        GroupId group,
        IStateMachine machine,
        Membership initialMembership,
        string? name = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(initialMembership);
        var node = new RaftNode(_options with { Group = group }, machine, this, name ?? $"{group}");
        if (group == default || !_groups.TryAdd(group, node))
        {
            throw new ArgumentException(
                $"group {group} {(group == default ? "has the id of no group" : "was opened before")}; a "
                    + "group has an id of 1 or more, and is opened once in the life of a host",
                nameof(group));
        }

        try
        {
            var member = node.Member;
            var (log, logBase) = await AskAsync(
                () =>
                {
                    var opened = _opening.OpenGroupLog(member, initialMembership);
                    return (opened, opened.Base);
                },
                cancellation).ConfigureAwait(false);
            var state = _opening.Restore(member, logBase);
            await AskAsync(
                () =>
                {
                    _opening.Begin(member, log, state);
                    return true;
                },
                cancellation).ConfigureAwait(false);
            return node;
        }
        catch
        {
            _groups.TryRemove(group, out _);
            throw;
        }
    }

    /// <summary>Takes no more, waits for what is under way, hands over leadership of all groups, seals the
    /// log, ends the threads and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_stopping)
        {
            _stopping = true;
            await Task.WhenAll(_groups.Values.Select(static node => node.QuietAsync())).ConfigureAwait(false);
            _parts.Inbox.Post(InboxItem.Stop());
        }

        await _supervision.ConfigureAwait(false);
    }

    /// <summary>Opens the log, then what <paramref name="openFirst"/> opens, then starts all.</summary>
    internal async Task StartAsync(Action openFirst, CancellationToken cancellation)
    {
        try
        {
            _opening.OpenLog();
            openFirst();
            await _parts.Transport.StartAsync(
                _consensus.Reachable, new PeerEvents(_parts.Inbox), cancellation).ConfigureAwait(false);
        }
        catch
        {
            _parts.Inbox.Close();
            await _parts.Transport.DisposeAsync().ConfigureAwait(false);
            _parts.Metrics.Dispose();
            throw;
        }

        _parts.Disk.Start();
        _parts.Apply.Start();
        _parts.Snapshots.Start();
        _parts.Scrubs.Start();
        _consensus.Start();
        _supervision = SuperviseAsync();
    }

    /// <summary>Opens a group while no thread runs yet.</summary>
    internal void OpenFirst(RaftNode node, Membership initialMembership)
    {
        _groups[node.Member.Group] = node;
        var log = _opening.OpenGroupLog(node.Member, initialMembership);
        _opening.Begin(node.Member, log, _opening.Restore(node.Member, log.Base));
    }

    /// <summary>Has a group act no more.</summary>
    internal async Task CloseAsync(GroupMember member)
    {
        try
        {
            await AskAsync(
                () =>
                {
                    _consensus.Remove(member);
                    return true;
                },
                CancellationToken.None).ConfigureAwait(false);
            NodeLog.GroupClosed(member.Logger, _parts.Self, member.Group);
        }
        catch (NodeStoppedException)
        {
            // With the host all its groups have ended.
            await _supervision.ConfigureAwait(false);
        }
    }

    // On the consensus thread, between the inputs.
    private async Task<T> AskAsync<T>(Func<T> body, CancellationToken cancellation)
    {
        var call = new HostCall<T>(body);
        if (_parts.Inbox.Post(InboxItem.Of(call)))
        {
            await Task.WhenAny(call.Answer, _consensus.Ended).WaitAsync(cancellation).ConfigureAwait(false);
        }

        return call.Answer.IsCompleted
            ? await call.Answer.ConfigureAwait(false)
            : throw new NodeStoppedException("the host has stopped or is stopping");
    }

    // However the consensus thread ends, the rest is taken down behind it, and nobody is left waiting.
    private async Task SuperviseAsync()
    {
        var reason = await _consensus.Ended.ConfigureAwait(false);
        _stopping = true;
        foreach (var node in _groups.Values)
        {
            node.Stops(reason);
            node.Member.Machine.GiveUp();
        }

        _parts.Inbox.Close();
        _parts.Disk.Stop();
        _parts.Apply.Stop();
        _parts.Snapshots.Cancel();
        _parts.Scrubs.Cancel();
        await CloseTransportAsync().ConfigureAwait(false);
        await Task.WhenAll(
            _parts.Disk.Ended, _parts.Apply.Ended, _parts.Snapshots.Ended, _parts.Scrubs.Ended)
            .ConfigureAwait(false);
        reason = LostLog.StartOver(reason, _parts.Disk.Disk, _parts.Logger);
        _parts.Inbox.Dispose();
        _parts.Metrics.Dispose();
        foreach (var node in _groups.Values)
        {
            node.Ended(reason);
        }

        if (reason is null)
        {
            _completion.SetResult();
        }
        else
        {
            _completion.SetException(reason);
        }
    }

    private async Task CloseTransportAsync()
    {
        try
        {
            await _parts.Transport.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or InvalidOperationException)
        {
            // The node ends in any case; its reason must not be replaced by this one.
            NodeLog.TransportCloseFailed(_parts.Logger, _parts.Self, error);
        }
    }
}
