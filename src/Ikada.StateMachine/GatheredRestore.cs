using System.Buffers;

namespace Ikada.StateMachine;

/// <summary>Gathers a snapshot in memory, for machines that read it whole. Nothing is copied.</summary>
/// <param name="machine">Whose <see cref="IStateMachine.Restore"/> gets it.</param>
public sealed class GatheredRestore(IStateMachine machine) : IStateRestore
{
    private Piece? _first;
    private Piece? _last;

    /// <inheritdoc/>
    public void Write(ReadOnlyMemory<byte> piece)
    {
        _last = new Piece(piece, _last);
        _first ??= _last;
    }

    /// <inheritdoc/>
    public void Complete() => machine.Restore(
        _last is null
            ? ReadOnlySequence<byte>.Empty
            : new ReadOnlySequence<byte>(_first!, 0, _last, _last.Memory.Length));

    /// <inheritdoc/>
    public void Dispose() => (_first, _last) = (null, null);

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> bytes, Piece? before)
        {
            Memory = bytes;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
