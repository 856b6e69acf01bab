using System.Buffers;
using Ikada.Primitives;

namespace Ikada.StateMachine;

/// <summary>
/// A state machine that keeps its state on disk by itself: it may be larger than memory, and a restart goes
/// on from <see cref="IStateMachine.DurableAppliedIndex"/> instead of from a snapshot.
/// <list type="bullet">
/// <item>The applied index is in the same transaction as the effect of a batch: after a crash the state is
/// exactly that of the index which it holds. Entries behind it are applied again.</item>
/// <item>A batch needs not be durable when <c>Apply</c> returns: the log is durable already. What is, is said
/// by <see cref="IStateMachine.DurableAppliedIndex"/>, and the log keeps all that lies behind it. It should
/// follow in time, or a restart replays much.</item>
/// <item><see cref="IStateMachine.CaptureSnapshot"/> is quick: a checkpoint (hard links to files that do not
/// change), or the engine's own view. It is written while more is applied, and disposed then.</item>
/// <item>A restore is put aside, synced and switched; see <see cref="IStateRestore"/>.</item>
/// </list>
/// An exception stops the node; a failed write or sync must be one.
/// </summary>
public interface IDurableStateMachine : IStateMachine
{
    /// <inheritdoc/>
    bool IStateMachine.IsDurable => true;

    /// <summary>
    /// Applies a batch and keeps notes with it: all in one transaction, with the applied index. Once all
    /// results are set, and before the transaction ends, <see cref="IApplyNotes.WriteTo"/> is called, once,
    /// whether or not there are commands.
    /// </summary>
    /// <param name="commands">What to apply. The bytes are immutable and may be kept.</param>
    /// <param name="upTo">The applied index after the call.</param>
    /// <param name="results">Takes the result of each command that wants one.</param>
    /// <param name="notes">Writes the notes, of whoever decorates the machine.</param>
    void Apply(
        ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results, IApplyNotes notes);

    /// <summary>Gives each note that is kept, in any order: those of the transactions in the state. They are
    /// part of the state, and of its snapshots. On the thread that applies.</summary>
    void ReadNotes(INoteReader reader);

    /// <inheritdoc/>
    void IStateMachine.Apply(
        ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results) =>
        Apply(commands, upTo, results, NoNotes.Instance);

    /// <inheritdoc/>
    void IStateMachine.Restore(ReadOnlySequence<byte> snapshot)
    {
        using var restore = BeginRestore();
        foreach (var piece in snapshot)
        {
            restore.Write(piece);
        }

        restore.Complete();
    }

    /// <inheritdoc/>
    abstract IStateRestore IStateMachine.BeginRestore();
}

/// <summary>Small records under keys that somebody keeps in a machine's transactions: the sessions of its
/// clients, which must be those of exactly the state.</summary>
public interface IApplyNotes
{
    /// <summary>Writes the changes that belong to the batch.</summary>
    void WriteTo(INoteWriter writer);
}

/// <summary>Changes notes, in a machine's transaction. Later changes of a key count.</summary>
public interface INoteWriter
{
    /// <summary>Sets a note.</summary>
    /// <param name="key">Up to 64 bytes; valid during the call.</param>
    /// <param name="value">Its content; valid during the call.</param>
    void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <summary>Removes a note, if there.</summary>
    void Remove(ReadOnlySpan<byte> key);
}

/// <summary>Takes the notes that a machine keeps.</summary>
public interface INoteReader
{
    /// <summary>Takes one; the bytes are valid during the call.</summary>
    void Read(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);
}

/// <summary>Nobody keeps notes.</summary>
internal sealed class NoNotes : IApplyNotes
{
    public static NoNotes Instance { get; } = new();

    public void WriteTo(INoteWriter writer)
    {
    }
}
