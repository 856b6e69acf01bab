namespace Ikada;

/// <summary>Commands of typed state machines.</summary>
public static class TypedRaft
{
    /// <summary>
    /// Replicates a command and waits until it is committed and applied on this node. Where no leader is
    /// known it waits for one, until cancelled. With sessions (the default) a command whose leader is lost is
    /// sent again and applied exactly once all the same.
    /// </summary>
    /// <typeparam name="TCommand">The machine's commands.</typeparam>
    /// <typeparam name="TResult">The machine's results.</typeparam>
    /// <param name="raft">The node.</param>
    /// <param name="command">The command.</param>
    /// <param name="cancellation">Gives up waiting. A command that was handed over is
    /// <see cref="OutcomeStatus.Unknown"/> then, never failed; no exception is thrown for it.</param>
    /// <exception cref="ArgumentException">The command is longer than
    /// <see cref="Node.NodeOptions.ProposalBytesMax"/>.</exception>
    /// <exception cref="Node.NodeStoppedException">The node has stopped or is stopping; nothing was handed
    /// over.</exception>
    public static ValueTask<Outcome<TResult>> ProposeAsync<TCommand, TResult>(
        this IRaft<IStateMachine<TCommand, TResult>> raft,
        TCommand command,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(raft);
        return raft.ProposeTypedAsync<TCommand, TResult>(command, cancellation);
    }
}
