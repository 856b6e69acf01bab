using System.IO.Hashing;

namespace Ikada.Log.Snapshots;

/// <summary>
/// Reads a snapshot file. What a file says of its own size is believed only once header, footer and the
/// length of the file agree: so nothing is allocated that the file cannot hold.
/// </summary>
internal sealed class SnapshotFile
{
    private const int PieceBytes = 64 << 10;
    private readonly IDisk _disk;
    private readonly string _name;
    private readonly byte[] _rawHeader;
    private readonly SnapshotFooter _footer;

    private SnapshotFile(
        IDisk disk, string name, SnapshotHeader header, byte[] rawHeader, SnapshotFooter footer,
        long fileBytes)
    {
        (_disk, _name, _rawHeader, _footer) = (disk, name, rawHeader, footer);
        BlockBytes = header.BlockBytes;
        Descriptor = new SnapshotDescriptor(
            header.Group, header.Position, header.Membership, fileBytes, footer.Hash);
    }

    /// <summary>What the file says it is.</summary>
    public SnapshotDescriptor Descriptor { get; }

    /// <summary>How many bytes of content a block holds; the last one may hold fewer.</summary>
    public int BlockBytes { get; }

    public long ContentBytes => _footer.ContentBytes;

    /// <summary>Opens a file: reads header and footer, and holds them against each other and against the
    /// length of the file. The blocks are not looked at.</summary>
    public static SnapshotFile? Open(IDisk disk, string name, out SnapshotFault fault)
    {
        var length = disk.GetLength(name);
        var header = SnapshotHeader.Read(disk, name, length, out var raw, out fault);
        if (header is null)
        {
            return null;
        }

        var bytes = new byte[SnapshotFooter.Bytes];
        var at = length - SnapshotFooter.Bytes;
        if (at < raw.Length || !ReadFully(disk, name, at, bytes)
            || !SnapshotFooter.TryDecode(bytes, out var footer))
        {
            fault = new SnapshotFault(
                Math.Max(at, 0), length, "it does not end as a snapshot does: it was cut or changed");
            return null;
        }

        // Divided, not multiplied: numbers of any size must not overflow.
        var between = at - raw.Length;
        var blocks = (ulong)footer.ContentBytes / (uint)header.BlockBytes
            + ((ulong)footer.ContentBytes % (uint)header.BlockBytes == 0 ? 0UL : 1UL);
        if (footer.ContentBytes > between || blocks != footer.Blocks
            || between - footer.ContentBytes != (long)footer.Blocks * SnapshotBlock.HeadBytes)
        {
            fault = new SnapshotFault(
                at, length, $"{footer.Blocks} blocks with {footer.ContentBytes} bytes are not what the file "
                    + "has room for: it was cut, or is put together from two");
            return null;
        }

        return new SnapshotFile(disk, name, header, raw, footer, length);
    }

    /// <summary>Whether the file is the one a descriptor names.</summary>
    public SnapshotFault Compare(SnapshotDescriptor wanted) =>
        Descriptor == wanted
            && Descriptor.Membership.Encode().AsSpan().SequenceEqual(wanted.Membership.Encode())
                ? default
                : new SnapshotFault(
                    0, Descriptor.FileBytes,
                    $"it is another snapshot: group {Descriptor.Group.Value} at {Descriptor.Position}, "
                        + $"{Descriptor.FileBytes} bytes with hash {Descriptor.Hash:x32}; wanted was group "
                        + $"{wanted.Group.Value} at {wanted.Position}, {wanted.FileBytes} bytes with hash "
                        + $"{wanted.Hash:x32}");

    /// <summary>Reads all blocks, in order, and checks each and then the whole.</summary>
    /// <param name="content">Gets the content of each block that is whole, in an array of its own. Null: the
    /// blocks are only checked, piece by piece, whatever their size.</param>
    /// <param name="isCancelWanted">Asked before each block.</param>
    /// <returns>What is wrong, if anything; false as the second where it was cancelled.</returns>
    public (SnapshotFault Fault, bool IsComplete) Walk(
        Action<ReadOnlyMemory<byte>>? content, Func<bool> isCancelWanted)
    {
        var hash = new XxHash128();
        hash.Append(_rawHeader);
        var seed = SnapshotBlock.SeedOf(_rawHeader);
        var pieces = content is null
            ? GC.AllocateUninitializedArray<byte>(
                (int)Math.Min(PieceBytes, SnapshotBlock.HeadBytes + _footer.ContentBytes))
            : null;
        long at = _rawHeader.Length;
        var left = _footer.ContentBytes;
        for (uint number = 0; number < _footer.Blocks; number++)
        {
            if (isCancelWanted())
            {
                return (default, false);
            }

            var bytes = (int)Math.Min(left, BlockBytes) + SnapshotBlock.HeadBytes;
            var block = pieces is null ? GC.AllocateUninitializedArray<byte>(bytes) : null;
            var isWhole = bytes > pieces?.Length
                ? Check(at, bytes, number, seed, hash, pieces)
                : Check(at, number, seed, hash, block ?? pieces.AsSpan(0, bytes));
            if (!isWhole)
            {
                return (new SnapshotFault(at, at + bytes, $"block {number} is not as it was written"), true);
            }

            content?.Invoke(block.AsMemory(SnapshotBlock.HeadBytes));
            at += bytes;
            left -= bytes - SnapshotBlock.HeadBytes;
        }

        hash.Append(_footer.EncodeHashed());
        return hash.GetCurrentHashAsUInt128() == _footer.Hash
            ? (default, true)
            : (new SnapshotFault(0, at, "the hash of the whole does not fit"), true);
    }

    // Reads a block into as much room; whether it is whole.
    private bool Check(long at, uint number, long seed, XxHash128 file, Span<byte> block)
    {
        if (!ReadFully(_disk, _name, at, block) || !SnapshotBlock.IsWhole(block, number, seed))
        {
            return false;
        }

        file.Append(block);
        return true;
    }

    // Whether a block is whole that is larger than what is read at a time; what is read of it goes into the
    // hash of the file.
    private bool Check(long at, int bytes, uint number, long seed, XxHash128 file, byte[] pieces)
    {
        var block = new XxHash3(seed);
        var hash = 0UL;
        for (var done = 0; done < bytes;)
        {
            var piece = pieces.AsSpan(0, Math.Min(bytes - done, pieces.Length));
            if (!ReadFully(_disk, _name, at + done, piece)
                || (done == 0 && !SnapshotBlock.IsHeadOf(piece, bytes, number, out hash)))
            {
                return false;
            }

            file.Append(piece);
            block.Append(done == 0 ? piece[SnapshotBlock.HashBytes..] : piece);
            done += piece.Length;
        }

        return block.GetCurrentHashAsUInt64() == hash;
    }

    /// <summary>Fills the buffer; false if the file ends before.</summary>
    public static bool ReadFully(IDisk disk, string name, long offset, Span<byte> into)
    {
        while (!into.IsEmpty)
        {
            var read = disk.Read(name, offset, into);
            if (read == 0)
            {
                return false;
            }

            offset += read;
            into = into[read..];
        }

        return true;
    }
}
