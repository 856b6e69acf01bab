using System.Buffers.Binary;
using System.Security.Cryptography;
using Ikada.KeyValue;

namespace Ikada.Cli.Client;

/// <summary>A file that <c>snapshot save</c> wrote: the store's snapshot, zeros, its length, and the SHA-256
/// of all that. docs/internals/key-value.md has the format.</summary>
internal sealed class SnapshotFile : IDisposable
{
    private const int GrainBytes = 512;
    private const int LengthBytes = 8;
    private readonly FileStream _file;

    private SnapshotFile(FileStream file, long contentBytes, SnapshotHead head) =>
        (_file, ContentBytes, Head) = (file, contentBytes, head);

    /// <summary>The length of the store's snapshot.</summary>
    public long ContentBytes { get; }

    public SnapshotHead Head { get; }

    /// <summary>Opens one that is whole.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or no snapshot; says what to do.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static async Task<SnapshotFile> OpenAsync(string path, CancellationToken cancellation)
    {
        var file = File.OpenRead(path);
        try
        {
            if (!await IsWholeAsync(file, cancellation))
            {
                throw new InvalidDataException(
                    "it is damaged or no snapshot: its checksum does not fit; use another copy");
            }

            var body = file.Length - SHA256.HashSizeInBytes;
            var bytes = new byte[Math.Max(LengthBytes, SnapshotHead.Bytes)];
            file.Position = body - LengthBytes;
            await file.ReadExactlyAsync(bytes.AsMemory(0, LengthBytes), cancellation);
            var length = BinaryPrimitives.ReadInt64LittleEndian(bytes);
            if (length < SnapshotHead.Bytes || length > body - LengthBytes)
            {
                throw new InvalidDataException($"it says that it holds {length} bytes; use another copy");
            }

            file.Position = 0;
            await file.ReadExactlyAsync(bytes.AsMemory(0, SnapshotHead.Bytes), cancellation);
            return new SnapshotFile(file, length, SnapshotHead.Read(bytes));
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether a checksum stands at the end and fits.</summary>
    public static async Task<bool> IsWholeAsync(Stream file, CancellationToken cancellation)
    {
        var body = file.Length - SHA256.HashSizeInBytes;
        if (body < GrainBytes || body % GrainBytes != 0)
        {
            return false;
        }

        file.Position = 0;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        for (var left = body; left > 0;)
        {
            var piece = buffer.AsMemory(0, (int)Math.Min(buffer.Length, left));
            await file.ReadExactlyAsync(piece, cancellation);
            hash.AppendData(piece.Span);
            left -= piece.Length;
        }

        var sum = new byte[SHA256.HashSizeInBytes];
        await file.ReadExactlyAsync(sum, cancellation);
        return hash.GetHashAndReset().AsSpan().SequenceEqual(sum);
    }

    /// <summary>Hands over the store's snapshot, piece by piece.</summary>
    public void ReadContent(Action<ReadOnlyMemory<byte>> take)
    {
        _file.Position = 0;
        var buffer = new byte[1 << 16];
        for (var left = ContentBytes; left > 0;)
        {
            var read = _file.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, left)));
            if (read == 0)
            {
                throw new EndOfStreamException("the file became shorter while it was read; use another copy");
            }

            take(buffer.AsMemory(0, read));
            left -= read;
        }
    }

    public void Dispose() => _file.Dispose();
}
