using System.Buffers;
using Ikada.Primitives;

namespace Ikada;

/// <summary>
/// A replicated state machine with commands and results of your types (§2): given the same commands in the
/// same order, every node reaches the same state. No clock, randomness, locale, file or unordered collection
/// may influence it: decide such things before the command is proposed, and put them into it.
/// <para>None of its methods is ever called beside another one, nor beside a function that reads it
/// (<see cref="IRaft{TMachine}.QueryAsync"/>): it needs no locks.</para>
/// <para>Commands and results travel as JSON, unless the machine implements
/// <see cref="ICommandFormat{TCommand, TResult}"/> as well.</para>
/// </summary>
/// <typeparam name="TCommand">What is replicated.</typeparam>
/// <typeparam name="TResult">What the proposer gets back.</typeparam>
public interface IStateMachine<TCommand, TResult> : ITypedStateMachine
{
    /// <summary>Applies a committed command. Refusing it (not enough money, not the owner) is a result, the
    /// same on every node; an exception stops the node, since it could not go on consistently.</summary>
    /// <param name="index">Where the command stands in the log: rises with every command, and is the same on
    /// every node.</param>
    /// <param name="command">The command.</param>
    TResult Apply(LogIndex index, TCommand command);

    /// <summary>Takes hold of the whole state as it is now, quickly: what is returned writes it later, from
    /// another thread, while more commands are applied. So copy it, or keep it immutable.</summary>
    Action<IBufferWriter<byte>> CaptureSnapshot();

    /// <summary>Replaces the whole state by what a snapshot wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a snapshot of this machine; the state is
    /// unchanged.</exception>
    void Restore(ReadOnlySequence<byte> snapshot);

    StateMachine.IStateMachine ITypedStateMachine.Adapt(RaftOptions options) =>
        new TypedMachine<TCommand, TResult>(this, CommandFormat.Of(this, options));
}

/// <summary>What all <see cref="IStateMachine{TCommand, TResult}"/> are, whatever their types.</summary>
public interface ITypedStateMachine
{
    /// <summary>The raw contract over this machine.</summary>
    internal StateMachine.IStateMachine Adapt(RaftOptions options);
}

/// <summary>How a state machine's commands and results become bytes; for a machine that wants it smaller or
/// quicker than JSON. What is in a log must stay readable: extend it, never change it.</summary>
/// <typeparam name="TCommand">The commands.</typeparam>
/// <typeparam name="TResult">The results.</typeparam>
public interface ICommandFormat<TCommand, TResult>
{
    /// <summary>Writes a command.</summary>
    void WriteCommand(TCommand command, IBufferWriter<byte> writer);

    /// <summary>Reads one. An exception stops the node: the command is in the log of all of them.</summary>
    TCommand ReadCommand(ReadOnlySpan<byte> bytes);

    /// <summary>Writes a result: the same bytes for the same result.</summary>
    void WriteResult(TResult result, IBufferWriter<byte> writer);

    /// <summary>Reads one.</summary>
    TResult ReadResult(ReadOnlySpan<byte> bytes);
}
