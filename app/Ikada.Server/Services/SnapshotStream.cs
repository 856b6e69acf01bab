using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Threading.Channels;
using Ikada.StateMachine;

namespace Ikada.Server;

/// <summary>
/// A snapshot as clients get it: the store's own snapshot, zeros, the length of that snapshot (8 bytes,
/// little endian), so that all is a multiple of 512 bytes, and the SHA-256 of all of it.
/// docs/internals/key-value.md has the format.
/// </summary>
internal sealed class SnapshotStream(IStateSnapshot snapshot)
{
    /// <summary>How large a piece is at most; etcd's are as large.</summary>
    public const int PieceBytes = 32 * 1024;

    // etcdctl takes only a multiple of this, and a checksum behind it.
    private const int GrainBytes = 512;
    private const int LengthBytes = 8;

    // How far the writer may be ahead of a slow client.
    private const int PiecesAheadMax = 16;

    /// <summary>Hands over piece after piece and how many bytes of the snapshot follow it; the checksum
    /// last.</summary>
    public async Task SendAsync(Func<ReadOnlyMemory<byte>, long, Task> send, CancellationToken cancellation)
    {
        var counter = new Counter();
        snapshot.WriteTo(counter);
        var padding = Padding(counter.Count);
        // As with etcd, the checksum does not count.
        var remaining = counter.Count + padding.Length;
        var pieces = Channel.CreateBounded<byte[]>(PiecesAheadMax);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var writing = Task.Run(() => Write(pieces.Writer, padding, stop.Token), CancellationToken.None);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await foreach (var piece in pieces.Reader.ReadAllAsync(cancellation))
            {
                hash.AppendData(piece);
                remaining -= piece.Length;
                await send(piece, remaining);
            }

            await send(hash.GetHashAndReset(), 0);
        }
        finally
        {
            await stop.CancelAsync();
            await writing;
        }
    }

    private static byte[] Padding(long length)
    {
        var rest = (length + LengthBytes) % GrainBytes;
        var padding = new byte[LengthBytes + (rest == 0 ? 0 : GrainBytes - rest)];
        BinaryPrimitives.WriteInt64LittleEndian(padding.AsSpan(padding.Length - LengthBytes), length);
        return padding;
    }

    // What goes wrong is told to the reader.
    private void Write(ChannelWriter<byte[]> pieces, byte[] padding, CancellationToken stop)
    {
        try
        {
            var writer = new PieceWriter(pieces, stop);
            snapshot.WriteTo(writer);
            writer.Write(padding);
            writer.Flush();
            pieces.Complete();
        }
        catch (Exception failure)
        {
            pieces.Complete(failure);
        }
    }

    /// <summary>Counts, and keeps nothing.</summary>
    private sealed class Counter : IBufferWriter<byte>
    {
        private byte[] _scratch = new byte[PieceBytes];

        public long Count { get; private set; }

        public void Advance(int count) => Count += count;

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            if (_scratch.Length < sizeHint)
            {
                _scratch = new byte[sizeHint];
            }

            return _scratch;
        }

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }

    /// <summary>Cuts what is written into pieces, and waits where the reader is slow.</summary>
    private sealed class PieceWriter(ChannelWriter<byte[]> pieces, CancellationToken stop)
        : IBufferWriter<byte>
    {
        private readonly ArrayBufferWriter<byte> _buffer = new(2 * PieceBytes);

        public void Advance(int count)
        {
            _buffer.Advance(count);
            if (_buffer.WrittenCount >= PieceBytes)
            {
                Flush();
            }
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => _buffer.GetMemory(sizeHint);

        public Span<byte> GetSpan(int sizeHint = 0) => _buffer.GetSpan(sizeHint);

        public void Flush()
        {
            for (var at = 0; at < _buffer.WrittenCount; at += PieceBytes)
            {
                var length = Math.Min(PieceBytes, _buffer.WrittenCount - at);
                var piece = _buffer.WrittenSpan.Slice(at, length).ToArray();
                pieces.WriteAsync(piece, stop).AsTask().GetAwaiter().GetResult();
            }

            _buffer.ResetWrittenCount();
        }
    }
}
