using Ikada.Primitives;

namespace Ikada;

/// <summary>
/// A running node of a group: this process's replica of the state machine. Any method may be called on any
/// node: what only the leader can do is forwarded to it, or refused with its address. Safe for many threads.
/// </summary>
public interface IRaft : IAsyncDisposable
{
    /// <summary>Where this node stands.</summary>
    RaftStatus Status { get; }

    /// <summary>Who leads: to await, to watch, to act only while it is this node.</summary>
    Leadership Leadership { get; }

    /// <summary>The members, and how they change.</summary>
    Members Members { get; }

    /// <summary>Ends when the node has stopped; faulted with the reason where it had to stop by itself (a
    /// failed disk, a state machine that threw).</summary>
    Task Completion { get; }

    /// <summary>
    /// Replicates a command and waits until it is committed and applied on this node. Where no leader is
    /// known it waits for one, until cancelled. With sessions (the default) a command whose leader is lost is
    /// sent again and applied exactly once all the same; without, it ends as
    /// <see cref="OutcomeStatus.Unknown"/>.
    /// </summary>
    /// <param name="command">The command: at most <see cref="Node.NodeOptions.ProposalBytesMax"/>.</param>
    /// <param name="cancellation">Gives up waiting. A command that was handed over is
    /// <see cref="OutcomeStatus.Unknown"/> then, never failed; no exception is thrown for it.</param>
    /// <returns>What became of it, with the state machine's result.</returns>
    /// <exception cref="ArgumentException">The command is too long.</exception>
    /// <exception cref="Node.NodeStoppedException">The node has stopped or is stopping; nothing was handed
    /// over.</exception>
    ValueTask<Outcome<ReadOnlyMemory<byte>>> ProposeAsync(
        ReadOnlyMemory<byte> command, CancellationToken cancellation = default);

    /// <summary>Asks the state machine of this node, once it is new enough.</summary>
    /// <param name="query">What <see cref="StateMachine.IStateMachine.Query"/> takes.</param>
    /// <param name="consistency">How new the answer must be.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="OperationCanceledException">Cancelled before it could be answered.</exception>
    /// <exception cref="RaftUnavailableException">Too many reads wait already.</exception>
    /// <exception cref="Node.NodeStoppedException">The node has stopped or is stopping.</exception>
    ValueTask<ReadOnlyMemory<byte>> QueryAsync(
        ReadOnlyMemory<byte> query,
        ReadConsistency consistency = ReadConsistency.Linearizable,
        CancellationToken cancellation = default);

    /// <summary>Takes a snapshot of what is applied now, whether or not one is due.</summary>
    /// <returns>The last entry in it; it is durable and has been read back.</returns>
    /// <exception cref="Node.SnapshotFailedException">It could not be taken, or nothing has been applied
    /// yet.</exception>
    /// <exception cref="OperationCanceledException">The caller waits no longer; it is taken all the
    /// same.</exception>
    ValueTask<LogIndex> SnapshotAsync(CancellationToken cancellation = default);
}

/// <summary>A running node whose state machine is a <typeparamref name="TMachine"/>.</summary>
/// <typeparam name="TMachine">The state machine.</typeparam>
public interface IRaft<out TMachine> : IRaft
    where TMachine : class
{
    /// <summary>
    /// Reads from the state machine of this node, once it is new enough. A typed machine
    /// (<see cref="IStateMachine{TCommand, TResult}"/>) takes no command meanwhile, so the function may read
    /// any of its fields; it should be short. A raw <see cref="StateMachine.IStateMachine"/> must allow for
    /// reads beside <see cref="StateMachine.IStateMachine.Apply"/> itself. Nothing may be changed here: the
    /// other nodes would not do the same. It may run twice, if a lease runs out meanwhile.
    /// </summary>
    /// <param name="read">What to read.</param>
    /// <param name="consistency">How new it must be.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="OperationCanceledException">Cancelled before it could be answered.</exception>
    /// <exception cref="RaftUnavailableException">Too many reads wait already.</exception>
    /// <exception cref="Node.NodeStoppedException">The node has stopped or is stopping.</exception>
    ValueTask<TAnswer> QueryAsync<TAnswer>(
        Func<TMachine, TAnswer> read,
        ReadConsistency consistency = ReadConsistency.Linearizable,
        CancellationToken cancellation = default);

    /// <summary>For <see cref="TypedRaft"/>: a command of a typed machine.</summary>
    internal ValueTask<Outcome<TResult>> ProposeTypedAsync<TCommand, TResult>(
        TCommand command, CancellationToken cancellation);
}
