using System.Buffers;
using Ikada.Primitives;

namespace Ikada.StateMachine;

/// <summary>
/// A replicated state machine (§2): given the same commands in the same order, every replica reaches the
/// same state. No clock, randomness, locale or unordered collection may influence it.
/// <para><see cref="Apply"/>, <see cref="CaptureSnapshot"/> and <see cref="Restore"/> are called one at a
/// time, from one thread; so are <see cref="BeginRestore"/> and the completing of what it returns.
/// <see cref="Query"/> may be called from any thread, also during <see cref="Apply"/>: it answers from a
/// state that some prefix of the applied commands left, never from half a batch's command.</para>
/// An exception from <see cref="Apply"/> stops the node: it could not go on consistently.
/// <para>A machine that keeps its state on disk by itself is an <see cref="IDurableStateMachine"/>.</para>
/// </summary>
public interface IStateMachine
{
    /// <summary>The index of the last entry whose effect is in the state; what <see cref="Query"/> answers
    /// is at least this new.</summary>
    LogIndex AppliedIndex { get; }

    /// <summary>What of the state survives a crash: 0 for a machine in memory. The log is never compacted
    /// beyond it or a durable snapshot. Never falls, but by a restore. Asked after every batch: must be
    /// cheap.</summary>
    LogIndex DurableAppliedIndex { get; }

    /// <summary>Whether the machine keeps its state durably by itself, so that
    /// <see cref="DurableAppliedIndex"/> bounds what the log forgets also while it is 0. Default
    /// false.</summary>
    bool IsDurable => false;

    /// <summary>A hash of the whole history of effects: equal on all replicas at the same applied index,
    /// however the commands fell into batches, and after a restore. By it a replica that went wrong is found.
    /// Asked after every batch: must be cheap. 0: there is none, and nothing is compared.</summary>
    ulong StateHash { get; }

    /// <summary>
    /// Applies committed commands in order. <paramref name="upTo"/> is the index the state stands at
    /// afterwards; it may lie beyond the last command, since not every entry is one.
    /// </summary>
    /// <param name="commands">What to apply. The bytes are immutable and may be kept.</param>
    /// <param name="upTo">The applied index after the call.</param>
    /// <param name="results">Takes the result of each command that wants one.</param>
    void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results);

    /// <summary>Answers a query from the current state into <paramref name="answer"/>.</summary>
    void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer);

    /// <summary>A point-in-time view of the state, unaffected by later commands.</summary>
    IStateSnapshot CaptureSnapshot();

    /// <summary>Replaces the whole state by what a snapshot wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a snapshot of this machine; the state is
    /// unchanged.</exception>
    void Restore(ReadOnlySequence<byte> snapshot);

    /// <summary>Begins to replace the whole state by a snapshot that comes in pieces: for states that are
    /// larger than memory. By default the pieces are gathered and given to <see cref="Restore"/>.</summary>
    IStateRestore BeginRestore() => new GatheredRestore(this);

    /// <summary>The node stops: what waits within the machine, for space on a full disk say, is to fail now,
    /// for nothing else ends it. From any thread, also during <see cref="Apply"/>, and more than once
    /// perhaps. Default: nothing, for a machine that never waits.</summary>
    void GiveUp()
    {
    }
}

/// <summary>A committed command.</summary>
/// <param name="Index">Where it stands in the log.</param>
/// <param name="Version">The version of its format.</param>
/// <param name="Body">Its bytes.</param>
/// <param name="WantsResult">Whether somebody on this node waits for the result.</param>
public readonly record struct CommittedCommand(
    LogIndex Index, byte Version, ReadOnlyMemory<byte> Body, bool WantsResult);

/// <summary>Takes the results of a batch.</summary>
public interface IApplyResults
{
    /// <summary>Sets the result of the command at <paramref name="position"/> in the batch.</summary>
    void Set(int position, ReadOnlyMemory<byte> result);
}

/// <summary>A point-in-time view of a state machine. One that holds more than memory, a checkpoint's files
/// say, is an <see cref="IDisposable"/> as well: it is disposed from any thread, more than once perhaps, when
/// it is wanted no more.</summary>
public interface IStateSnapshot
{
    /// <summary>The applied index it stands at.</summary>
    LogIndex AppliedIndex { get; }

    /// <summary>Writes it, in pieces of any size: the same state gives the same bytes (of a durable machine:
    /// the same state). Once, from another thread than the machine's.</summary>
    void WriteTo(IBufferWriter<byte> writer);

    /// <summary>Writes all that is stored, also what a snapshot leaves out since it follows from the rest: by
    /// a hash of it, stored bytes that have rotted are found. The same state gives the same bytes on every
    /// replica, also on one that was restored. Instead of <see cref="WriteTo"/>; once, from another thread
    /// than the machine's. An exception says that the state cannot be read whole. Default: the
    /// snapshot.</summary>
    void ScrubTo(IBufferWriter<byte> writer) => WriteTo(writer);
}
