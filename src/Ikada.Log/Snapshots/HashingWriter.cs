using System.Buffers;
using System.IO.Hashing;

namespace Ikada.Log.Snapshots;

/// <summary>Hashes what is written and keeps none of it. How it is cut into calls makes no
/// difference.</summary>
internal sealed class HashingWriter(Func<bool> isCancelWanted, Action<int>? pace) : IBufferWriter<byte>
{
    private const int PieceBytes = 256 << 10;
    private readonly XxHash3 _hash = new();
    private byte[] _buffer = new byte[16 << 10];
    private int _unpaced;

    /// <summary>How much was written.</summary>
    public long Bytes { get; private set; }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length);
        _hash.Append(_buffer.AsSpan(0, count));
        Bytes += count;
        _unpaced += count;
        if (_unpaced >= PieceBytes)
        {
            pace?.Invoke(_unpaced);
            _unpaced = 0;
            if (isCancelWanted())
            {
                throw new SnapshotCancelledException();
            }
        }
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        if (_buffer.Length < sizeHint)
        {
            _buffer = new byte[sizeHint];
        }

        return _buffer;
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>The hash of all of it, never 0.</summary>
    public ulong Finish() => isCancelWanted()
        ? throw new SnapshotCancelledException() : Math.Max(_hash.GetCurrentHashAsUInt64(), 1);
}
