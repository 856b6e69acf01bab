using System.Diagnostics.Metrics;
using Ikada.Consensus;
using Ikada.Log;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.StateMachine;
using Microsoft.Extensions.Logging;

namespace Ikada.Node;

/// <summary>This process's member of one group: alone in its process, or one of those that a
/// <see cref="NodeHost"/> holds.</summary>
public sealed class RaftNode : IAsyncDisposable
{
    private readonly NodeHost _host;
    private readonly bool _isAlone;
    private readonly Inbox _inbox;
    private readonly ClientDoor _door;
    private readonly ClientCalls _calls;
    private readonly OperatorDoor _operators;
    private readonly TaskCompletionSource _completion =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile NodeStoppedException? _reason;
    private volatile bool _stopping;

    /// <summary>With a name it is one of several.</summary>
    internal RaftNode(NodeOptions options, IStateMachine machine, NodeHost host, string? name)
    {
        (_host, _isAlone) = (host, name is null);
        _inbox = host.Parts.Inbox;
        Member = new GroupMember(options, machine, host.Parts, name);
        _door = new ClientDoor(Member, _inbox);
        _calls = new ClientCalls(Member, _door, host.Parts.Metrics, StoppedError);
        _operators = new OperatorDoor(Member, _inbox, _completion.Task);
        // A fault that nobody asks about is in the log; it must not come back as an unobserved one.
        _ = _completion.Task.ContinueWith(
            ended => ended.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    internal GroupMember Member { get; }

    /// <summary>Whether it has neither stopped nor been closed.</summary>
    internal bool IsOpen => !_stopping && !_completion.Task.IsCompleted;

    /// <summary>Where the node stands, as of its last batch of inputs; cheap, from any thread.</summary>
    public ReplicaStatus Status => Member.View.Status;

    /// <summary>How long the disk has been at its present operation; zero if it has none.</summary>
    public TimeSpan DiskBusy => _host.DiskBusy;

    /// <summary>The membership in force.</summary>
    public Membership Membership => Member.View.Membership;

    /// <summary>Ends with the next change of role, term or known leader. Take it before asking for
    /// <see cref="Status"/>, or a change between the two is missed.</summary>
    public Task NextRoleChange => Member.Roles.Next;

    /// <summary>Ends when the node has stopped; faulted with the reason when it had to stop by
    /// itself.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Recovers the log on the calling thread, starts the threads and connects. The node takes over
    /// the transport; disk and state machine stay the caller's, and must live until the node is
    /// disposed.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="machine">The state machine.</param>
    /// <param name="disk">The node's directory.</param>
    /// <param name="transport">The connections to the other members, not started.</param>
    /// <param name="identity">Whose directory it is, with its start count raised already.</param>
    /// <param name="initialMembership">The base of a new log; the same on every node.</param>
    /// <param name="loggers">Takes the logs.</param>
    /// <param name="meters">Makes the meter; without one the node makes its own.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="LogLostException">A vote is lost: the caller starts the directory over, or gives
    /// up.</exception>
    /// <exception cref="LogOpenException">Log or snapshots cannot be opened.</exception>
    /// <exception cref="DiskException">The disk could not be read or written.</exception>
    /// <exception cref="IOException">The transport cannot listen.</exception>
    public static async Task<RaftNode> StartAsync(
        NodeOptions options,
        IStateMachine machine,
        IDisk disk,
        IPeerTransport transport,
        DirectoryIdentity identity,
        Membership initialMembership,
        ILoggerFactory loggers,
        IMeterFactory? meters = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(machine);
        var host = new NodeHost(options, disk, transport, identity, loggers, meters, isShared: false);
        var node = new RaftNode(options, machine, host, name: null);
        await host.StartAsync(() => host.OpenFirst(node, initialMembership), cancellation)
            .ConfigureAwait(false);
        return node;
    }

    /// <summary>Appends a command, waiting for a leader where none is known, until cancelled. A cancelled
    /// write that was handed over is <see cref="OutcomeKind.Unknown"/>; one that never was is
    /// refused.</summary>
    /// <exception cref="ArgumentException">The command is longer than
    /// <see cref="NodeOptions.ProposalBytesMax"/>.</exception>
    /// <exception cref="NodeStoppedException">The node has stopped or is stopping; nothing was handed
    /// over.</exception>
    public ValueTask<WriteOutcome> ProposeAsync(
        ReadOnlyMemory<byte> command, CancellationToken cancellation)
    {
        _door.ThrowIfTooLong(command);
        // The one copy: from here to the disks and peers the bytes are these.
        return ProposeOwnedAsync(command.ToArray(), cancellation);
    }

    /// <summary>The same for bytes that nobody changes any more: they are not copied.</summary>
    /// <exception cref="ArgumentException">The command is longer than
    /// <see cref="NodeOptions.ProposalBytesMax"/>.</exception>
    /// <exception cref="NodeStoppedException">The node has stopped or is stopping; nothing was handed
    /// over.</exception>
    public ValueTask<WriteOutcome> ProposeOwnedAsync(
        ReadOnlyMemory<byte> command, CancellationToken cancellation)
    {
        _door.ThrowIfTooLong(command);
        return _calls.Propose(command, cancellation);
    }

    /// <summary>Waits until the state machine on this node holds all that was committed when the call began,
    /// waiting for a leader where none is known. Not ready only on cancellation, overload, quarantine
    /// or stop.</summary>
    /// <param name="mayUseLease">Whether the leader's lease may vouch for it, where the group has leases on:
    /// then what is read counts only if <see cref="HasExpired"/> says no afterwards, else all is done again
    /// without.
    /// </param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="NodeStoppedException">The node has stopped or is stopping.</exception>
    public ValueTask<ReadOutcome> ReadBarrierAsync(bool mayUseLease, CancellationToken cancellation) =>
        _calls.Read(mayUseLease, cancellation);

    /// <summary>The same without a lease: nothing is to be asked afterwards.</summary>
    /// <exception cref="NodeStoppedException">The node has stopped or is stopping.</exception>
    public ValueTask<ReadOutcome> ReadBarrierAsync(CancellationToken cancellation) =>
        ReadBarrierAsync(mayUseLease: false, cancellation);

    /// <summary>After a read under <paramref name="outcome"/>: whether the lease that it went by has run out,
    /// by the clock read now. Then what was read may be old (a thread can stand still anywhere).</summary>
    public static bool HasExpired(in ReadOutcome outcome) => BootClock.Now >= outcome.ExpiresAt;

    /// <summary>Changes membership or settings of the group (diss. §4). To be asked of the leader; elsewhere
    /// it is refused and the leader named. Applied once the change is committed and in force; a joint change
    /// may then still have to be left, which the leader does by itself unless asked otherwise.</summary>
    /// <exception cref="NodeStoppedException">The node has stopped or is stopping; nothing was handed
    /// over.</exception>
    public async ValueTask<WriteOutcome> ChangeMembershipAsync(
        MembershipChange change, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(change);
        ThrowIfStopped();
        var proposal = new PendingChange(change);
        if (!_inbox.Post(InboxItem.Of(Member, proposal)))
        {
            ThrowIfStopped();
        }

        using var given = cancellation.UnsafeRegister(
            static one => ((PendingChange)one!).Abandon(), proposal);
        await Task.WhenAny(proposal.Outcome, _completion.Task).ConfigureAwait(false);
        return proposal.Outcome.IsCompleted
            ? await proposal.Outcome.ConfigureAwait(false)
            : WriteOutcome.Unknown;
    }

    /// <summary>Hands leadership over (diss. §3.10) to <paramref name="target"/>, or, if none is named, to
    /// the voter that is best placed. The leader takes no proposals meanwhile, for at most an election
    /// timeout.</summary>
    /// <returns>How it ended, and who leads as far as this node knows.</returns>
    /// <exception cref="NodeStoppedException">The node has stopped or is stopping.</exception>
    /// <exception cref="OperationCanceledException">The caller waits no longer; the transfer may still
    /// happen.</exception>
    public ValueTask<(TransferOutcome Outcome, NodeId Leader)> TransferLeadershipAsync(
        NodeId target, CancellationToken cancellation)
    {
        ThrowIfStopped();
        return _operators.TransferAsync(target, cancellation);
    }

    /// <summary>Takes a snapshot of what is applied now, whether or not one is due.</summary>
    /// <returns>The last entry in it; it is durable and has been read back.</returns>
    /// <exception cref="SnapshotFailedException">It could not be taken, or nothing has been applied
    /// yet.</exception>
    /// <exception cref="NodeStoppedException">The node has stopped or is stopping.</exception>
    /// <exception cref="OperationCanceledException">The caller waits no longer; it is taken all the
    /// same.</exception>
    public async ValueTask<LogPosition> TakeSnapshotAsync(CancellationToken cancellation)
    {
        ThrowIfStopped();
        return await _operators.TakeSnapshotAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Every other founder has said that it holds nothing: a node that was started in doubt
    /// (<see cref="DirectoryIdentity.IsStartedOver"/>) votes from now on.</summary>
    public void FoundersAreNew() => _operators.FoundersAreNew();

    /// <summary>Takes no more, waits for what is under way and hands over leadership. Then one that is alone
    /// in its process seals the log, ends the threads and closes the connections; one of several is closed,
    /// and the others go on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isAlone)
        {
            await _host.DisposeAsync().ConfigureAwait(false);
        }
        else if (!_stopping)
        {
            await QuietAsync().ConfigureAwait(false);
            await _host.CloseAsync(Member).ConfigureAwait(false);
            Ended(null);
        }

        await _completion.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Takes no more, waits for what is under way and hands over leadership.</summary>
    internal async Task QuietAsync()
    {
        if (!_stopping)
        {
            _stopping = true;
            await DrainAsync().ConfigureAwait(false);
            await HandOverAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The host stops; what is asked from now on is told why.</summary>
    internal void Stops(NodeStoppedException? reason)
    {
        _reason = reason;
        _stopping = true;
    }

    /// <summary>Nothing acts for it any more: whoever waits is told.</summary>
    internal void Ended(NodeStoppedException? reason)
    {
        _reason = reason ?? _reason;
        Member.Pending.Close();
        Member.Roles.Raise();
        if (reason is null)
        {
            _completion.TrySetResult();
        }
        else
        {
            _completion.TrySetException(reason);
        }
    }

    private NodeStoppedException? StoppedError() =>
        _reason is { } reason
            ? new NodeStoppedException($"the node has stopped: {reason.Message}", reason)
        : _stopping ? new NodeStoppedException("the node is stopping or has been stopped")
        : null;

    private void ThrowIfStopped()
    {
        if (StoppedError() is { } stopped)
        {
            throw stopped;
        }
    }

    private async Task DrainAsync()
    {
        for (var left = Member.Options.DrainTimeMax; left > TimeSpan.Zero && Member.Pending.Count > 0;)
        {
            var step = TimeSpan.FromMilliseconds(5);
            await Task.WhenAny(Task.Delay(step), _completion.Task).ConfigureAwait(false);
            left = _completion.Task.IsCompleted ? TimeSpan.Zero : left - step;
        }
    }

    // Without it the group would be without a leader until an election is through.
    private async Task HandOverAsync()
    {
        if (Status.Role != Role.Leader || Member.Options.HandOverTimeMax == TimeSpan.Zero)
        {
            return;
        }

        using var limit = new CancellationTokenSource(Member.Options.HandOverTimeMax);
        try
        {
            var (outcome, leader) = await _operators
                .TransferAsync(NodeId.None, limit.Token).ConfigureAwait(false);
            NodeLog.HandedOver(Member.Logger, Status.Self, outcome, leader);
        }
        catch (OperationCanceledException)
        {
            NodeLog.HandedOver(Member.Logger, Status.Self, TransferOutcome.TimedOut, NodeId.None);
        }
    }
}
