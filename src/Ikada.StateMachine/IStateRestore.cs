namespace Ikada.StateMachine;

/// <summary>
/// A snapshot on its way into a state machine. What comes is put aside; the state changes in
/// <see cref="Complete"/>, which is called only when all pieces were found to be as they were written.
/// Disposed without it: what is aside goes, and the state is as it was.
/// </summary>
public interface IStateRestore : IDisposable
{
    /// <summary>Takes the next piece, of any size. One call at a time, from any thread; nothing is applied
    /// meanwhile, but queries may be answered.</summary>
    /// <param name="piece">The bytes are immutable and may be kept.</param>
    /// <exception cref="InvalidDataException">The bytes are not a snapshot of this machine.</exception>
    void Write(ReadOnlyMemory<byte> piece);

    /// <summary>All has come: puts it in place of the state. On the thread that applies. A durable machine
    /// syncs what is aside, then switches: a crash leaves the old state or the new one, and
    /// <see cref="IStateMachine.DurableAppliedIndex"/> is the snapshot's afterwards.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a snapshot of this machine; the state is
    /// unchanged.</exception>
    void Complete();
}
