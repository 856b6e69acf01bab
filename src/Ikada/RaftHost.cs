using System.Diagnostics.Metrics;
using Ikada.Log;
using Ikada.Node;
using Ikada.Node.Disk;
using Ikada.Sessions;
using Ikada.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ikada;

/// <summary>
/// Several groups in one process, each with its own members, leader and state machine, over one log, one set
/// of threads and one connection to every other process. A group that has nothing to do sleeps and costs
/// next to nothing. What stops one group stops the process: see <see cref="NodeHost"/>.
/// </summary>
public sealed class RaftHost : IAsyncDisposable
{
    private readonly RaftHostOptions _options;
    private readonly FileDisk _disk;
    private readonly TcpPeerTransport _transport;
    private readonly NodeHost _host;
    private readonly GroupNames _names = new(Primitives.Identity.GroupIdOf);

    private RaftHost(
        RaftHostOptions options, FileDisk disk, TcpPeerTransport transport, NodeHost host) =>
        (_options, _disk, _transport, _host) = (options, disk, transport, host);

    /// <summary>Ends when the process's groups have all stopped; faulted with the reason where they had to
    /// stop by themselves (a failed disk, a state machine that threw).</summary>
    public Task Completion => _host.Completion;

    /// <summary>How many groups are open.</summary>
    public int GroupCount => _host.Groups.Count;

    /// <summary>Opens the data directory, and listens. Groups are opened by
    /// <see cref="OpenAsync"/>.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="loggers">Takes the logs; without it there are none.</param>
    /// <param name="meters">Makes the meters; without it the host makes its own.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="ArgumentException">An option is out of its range (named, with the range).</exception>
    /// <exception cref="LogOpenException">The directory is another process's, or what is in it is damaged
    /// beyond repair; names file and offset, and the remedy.</exception>
    /// <exception cref="DiskException">The disk could not be read or written.</exception>
    /// <exception cref="IOException">The address is in use.</exception>
    public static async Task<RaftHost> StartAsync(
        RaftHostOptions options,
        ILoggerFactory? loggers = null,
        IMeterFactory? meters = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Validate() is { } problem)
        {
            throw new ArgumentException(problem, nameof(options));
        }

        loggers ??= NullLoggerFactory.Instance;
        var process = options.Process;
        var disk = new FileDisk(process.DataDirectory);
        try
        {
            DirectoryOwner.Check(disk, process);
            var identity = NodeDirectory.Open(
                disk, NodeSettings.ClusterOf(process), NodeSettings.IdOf(process.Name, process.Cluster),
                Entropy.NewRandom());
            DirectoryOwner.Write(disk, process);
            var node = options.NodeOptions();
            var transport = new TcpPeerTransport(
                NodeSettings.TransportOf(process, identity, node), loggers, meters);
            var host = await NodeHost.StartAsync(
                node, disk, transport, identity, loggers, meters, cancellation).ConfigureAwait(false);
            return new RaftHost(options, disk, transport, host);
        }
        catch
        {
            disk.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens a group: restores its state machine from snapshot and log, and takes part in the group. One that
    /// the directory does not know starts with the initial members. Does not wait for a leader: calls do.
    /// Many may be opened at once.
    /// </summary>
    /// <typeparam name="TMachine">The state machine, as for <see cref="Raft.StartAsync"/>.</typeparam>
    /// <param name="group">The group's name, the same in every process; its id is a hash of it. A group is
    /// opened once in the life of a host.</param>
    /// <param name="machine">A fresh state machine, in no other use.</param>
    /// <param name="cancellation">Gives up waiting; the group may be opened all the same.</param>
    /// <returns>The group. Disposing it hands leadership over and closes it; the others go on.</returns>
    /// <exception cref="ArgumentException">The name is empty, was opened before, or has the same hash as
    /// another; or the machine implements neither contract.</exception>
    /// <exception cref="LogOpenException">What the directory holds of the group is damaged; names file and
    /// offset, and the remedy.</exception>
    /// <exception cref="DiskException">The disk could not be read.</exception>
    /// <exception cref="NodeStoppedException">The host has stopped or is stopping.</exception>
    public async Task<IRaft<TMachine>> OpenAsync<TMachine>(
        string group, TMachine machine, CancellationToken cancellation = default)
        where TMachine : class
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(group);
        ArgumentNullException.ThrowIfNull(machine);
        var process = _options.Process;
        var raw = Raft.RawMachineOf(machine, process);
        var node = await _host.OpenAsync(
            _names.Take(group), process.Sessions is null ? raw : new SessionMachine(raw),
            NodeSettings.MembershipOf(process), group, cancellation).ConfigureAwait(false);
        return new RunningRaft<TMachine>(
            new RaftParts(node, _transport, Inquiries: null, node, Disk: null), process, machine, raw);
    }

    /// <summary>Hands leadership of all groups over, ends what is under way, seals the log and closes the
    /// connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync().ConfigureAwait(false);
        _disk.Dispose();
    }
}
