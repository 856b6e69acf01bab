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
    private readonly NodeHost _host;
    private readonly HostedGroups _groups;
    private readonly GroupNames _names = new(Primitives.Identity.GroupIdOf);

    private RaftHost(
        RaftHostOptions options, FileDisk disk, NodeHost host, HostedGroups groups) =>
        (_options, _disk, _host, _groups) = (options, disk, host, groups);

    /// <summary>Ends when the process's groups have all stopped; faulted with the reason where they had to
    /// stop by themselves (a failed disk, a state machine that threw).</summary>
    public Task Completion => _host.Completion;

    /// <summary>How many groups are open.</summary>
    public int GroupCount => _host.Groups.Count;

    /// <summary>Opens the data directory, and listens. Groups are opened by <see cref="OpenAsync"/>. With
    /// <see cref="RaftOptions.Join"/> and an empty directory it waits until a process that is named there
    /// answers.</summary>
    /// <remarks>A directory in whose log a vote of some group is lost is started over, if there are others:
    /// the process comes back to all of its groups as one with a new disk. The old log is kept
    /// aside.</remarks>
    /// <param name="options">The settings.</param>
    /// <param name="loggers">Takes the logs; without it there are none.</param>
    /// <param name="meters">Makes the meters; without it the host makes its own.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="ArgumentException">An option is out of its range (named, with the range).</exception>
    /// <exception cref="LogOpenException">The directory is another process's, or what is in it is damaged
    /// beyond repair; names file and offset, and the remedy.</exception>
    /// <exception cref="DiskException">The disk could not be read or written.</exception>
    /// <exception cref="IOException">The address is in use.</exception>
    /// <exception cref="RaftJoinException">Those at <see cref="RaftOptions.Join"/> belong
    /// elsewhere.</exception>
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
            var directory = await DirectoryAsync(disk, process, loggers, cancellation).ConfigureAwait(false);
            try
            {
                return await StartAsync(options, disk, directory, loggers, meters, cancellation)
                    .ConfigureAwait(false);
            }
            catch (LogLostException lost) when (process.Join.Count > 0 || process.InitialMembers.Count > 1)
            {
                RaftLog.StartsOver(
                    loggers.CreateLogger("Ikada"), process.Name, process.DataDirectory, lost.Message);
                directory = NodeDirectory.StartOver(disk, Entropy.NewRandom());
                return await StartAsync(options, disk, directory, loggers, meters, cancellation)
                    .ConfigureAwait(false);
            }
        }
        catch
        {
            disk.Dispose();
            throw;
        }
    }

    private static async Task<RaftHost> StartAsync(
        RaftHostOptions options, FileDisk disk, DirectoryIdentity directory, ILoggerFactory loggers,
        IMeterFactory? meters, CancellationToken cancellation)
    {
        var process = options.Process;
        var node = options.NodeOptions();
        var desks = new MemberDesks(process, directory.Cluster);
        var transport = new TcpPeerTransport(
            NodeSettings.TransportOf(process, directory, node) with { Answers = desks.Answer },
            loggers,
            meters);
        var peers = new KnownPeers(transport, directory.Node, directory.Incarnation, desks);
        // A founder with an empty log cannot know whether a group exists already: see Newcomer.
        var isInDoubt = directory.IsStartedOver || process.InitialMembers.Count > 1;
        var host = await NodeHost.StartAsync(
            node, disk, peers, directory with { IsStartedOver = isInDoubt }, loggers, meters, cancellation)
            .ConfigureAwait(false);
        return new RaftHost(
            options, disk, host,
            new HostedGroups(process, host, transport, directory, desks, peers, loggers));
    }

    private static async Task<DirectoryIdentity> DirectoryAsync(
        FileDisk disk, RaftOptions process, ILoggerFactory loggers, CancellationToken cancellation)
    {
        var found = DirectoryOwner.Check(disk, process);
        var self = NodeSettings.IdOf(process.Name, process.Cluster);
        var cluster = found?.Cluster ?? NodeSettings.ClusterOf(process);
        if (process.Join.Count > 0)
        {
            var asker = found ?? new DirectoryIdentity(default, self, default, default);
            var inquirer = new PeerInquirer(
                NodeSettings.TransportOf(process, asker, NodeSettings.Of(process)), loggers);
            var lookout = new GroupLookout(
                process, new Inquiries(process, inquirer, asker.Cluster, MemberDesks.Process),
                loggers.CreateLogger("Ikada"));
            if (found is null)
            {
                cluster = (await lookout.FindAsync(cancellation).ConfigureAwait(false)).Cluster;
            }
            else
            {
                await lookout.CheckAsync(cancellation).ConfigureAwait(false);
            }
        }

        var directory = NodeDirectory.Open(disk, cluster, self, Entropy.NewRandom());
        DirectoryOwner.Write(disk, process);
        return directory;
    }

    /// <summary>
    /// Opens a group: restores its state machine from snapshot and log, and takes part in the group. One that
    /// the directory does not know starts with the initial members, once all of them have opened it; with
    /// <see cref="RaftOptions.Join"/> it is joined instead, and the call waits until a member has let this
    /// process in. Does not wait for a leader: calls do. Many may be opened at once.
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
    /// <exception cref="RaftJoinException">The group does not let this process in; says why.</exception>
    public async Task<IRaft<TMachine>> OpenAsync<TMachine>(
        string group, TMachine machine, CancellationToken cancellation = default)
        where TMachine : class
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(group);
        ArgumentNullException.ThrowIfNull(machine);
        var process = _options.Process;
        var raw = Raft.RawMachineOf(machine, process);
        var started = await _groups.OpenAsync(
            group, _names.Take(group), process.Sessions is null ? raw : new SessionMachine(raw),
            cancellation).ConfigureAwait(false);
        return new RunningRaft<TMachine>(
            new RaftParts(started.Node, started.Transport, started.Inquiries, started, Disk: null), process,
            machine, raw);
    }

    /// <summary>Hands leadership of all groups over, ends what is under way, seals the log and closes the
    /// connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync().ConfigureAwait(false);
        await _groups.DisposeAsync().ConfigureAwait(false);
        _disk.Dispose();
    }
}
