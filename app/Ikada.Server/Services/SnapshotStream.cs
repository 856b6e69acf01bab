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
/// <param name="snapshot">What is sent; written once.</param>
/// <param name="bytesExpected">How long it may be: what is said to remain goes by it until all is written,
/// for only then the length is known.</param>
internal sealed class SnapshotStream(IStateSnapshot snapshot, long bytesExpected)
{
    /// <summary>How large a piece is at most; etcd's are as large.</summary>
    public const int PieceBytes = 32 * 1024;

    // etcdctl takes only a multiple of this, and a checksum behind it.
    private const int GrainBytes = 512;
    private const int LengthBytes = 8;

    // How far the writer may be ahead of a slow client.
    private const int PiecesAheadMax = 16;

    // Padding and length included; 0: not all is written yet.
    private long _bytes;

    /// <summary>Hands over piece after piece and how many bytes of the snapshot follow it: about, and 0 with
    /// the last one. The checksum comes behind that.</summary>
    public async Task SendAsync(Func<ReadOnlyMemory<byte>, long, Task> send, CancellationToken cancellation)
    {
        var pieces = Channel.CreateBounded<byte[]>(PiecesAheadMax);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var writing = Task.Run(() => Write(pieces.Writer, stop.Token), CancellationToken.None);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var (sent, waiting) = (0L, Array.Empty<byte>());
            await foreach (var piece in pieces.Reader.ReadAllAsync(cancellation))
            {
                // Not before it is known whether it is the last one.
                if (waiting.Length > 0)
                {
                    sent += waiting.Length;
                    await send(waiting, Remaining(sent, piece.Length));
                }

                hash.AppendData(piece);
                waiting = piece;
            }

            // As with etcd, the checksum does not count.
            await send(waiting, 0);
            await send(hash.GetHashAndReset(), 0);
        }
        finally
        {
            await stop.CancelAsync();
            await writing;
        }
    }

    private long Remaining(long sent, int nextBytes)
    {
        var bytes = Volatile.Read(ref _bytes);
        return bytes > 0 ? bytes - sent : Math.Max(bytesExpected - sent, nextBytes);
    }

    private static byte[] Padding(long length)
    {
        var rest = (length + LengthBytes) % GrainBytes;
        var padding = new byte[LengthBytes + (rest == 0 ? 0 : GrainBytes - rest)];
        BinaryPrimitives.WriteInt64LittleEndian(padding.AsSpan(padding.Length - LengthBytes), length);
        return padding;
    }

    // What goes wrong is told to the reader.
    private void Write(ChannelWriter<byte[]> pieces, CancellationToken stop)
    {
        try
        {
            var writer = new PieceWriter(pieces, stop);
            snapshot.WriteTo(writer);
            writer.Write(Padding(writer.Count));
            Volatile.Write(ref _bytes, writer.Count);
            writer.Flush();
            pieces.Complete();
        }
        catch (Exception failure)
        {
            pieces.Complete(failure);
        }
    }

    /// <summary>Cuts what is written into pieces, and waits where the reader is slow.</summary>
    private sealed class PieceWriter(ChannelWriter<byte[]> pieces, CancellationToken stop)
        : IBufferWriter<byte>
    {
        private readonly ArrayBufferWriter<byte> _buffer = new(2 * PieceBytes);

        /// <summary>How many bytes were written.</summary>
        public long Count { get; private set; }

        public void Advance(int count)
        {
            Count += count;
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
