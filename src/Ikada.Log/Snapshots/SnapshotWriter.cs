using System.Buffers;
using System.IO.Hashing;

namespace Ikada.Log.Snapshots;

/// <summary>
/// Writes a snapshot file block by block, so that memory is bounded by two blocks whatever the size of the
/// state, and by what the content asks for at a time. How the content is cut into calls makes no difference
/// to the bytes of the file.
/// </summary>
internal sealed class SnapshotWriter : IBufferWriter<byte>
{
    // Dirty pages are written out in pieces: one sync of gigabytes would hold up the log's own on the
    // device.
    private const int SyncEveryBytes = 4 << 20;
    private const int FirstBytes = 16 << 10;
    private readonly IDisk _disk;
    private readonly string _file;
    private readonly SnapshotHeader _header;
    private readonly Func<bool> _isCancelWanted;
    private readonly XxHash128 _hash = new();
    private readonly long _seed;
    private byte[] _buffer;
    private int _filled;
    private long _offset;
    private long _syncedTo;
    private long _contentBytes;
    private uint _blocks;

    public SnapshotWriter(IDisk disk, string file, SnapshotHeader header, Func<bool> isCancelWanted)
    {
        (_disk, _file, _header, _isCancelWanted) = (disk, file, header, isCancelWanted);
        // Most states are small: it grows to two blocks as they are filled.
        _buffer = GC.AllocateUninitializedArray<byte>(
            SnapshotBlock.HeadBytes + Math.Min(2 * header.BlockBytes, FirstBytes));
        var raw = header.Encode();
        _seed = SnapshotBlock.SeedOf(raw);
        Write(raw);
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(
            count, _buffer.Length - SnapshotBlock.HeadBytes - _filled);
        _filled += count;
        var start = SnapshotBlock.HeadBytes;
        while (_filled >= _header.BlockBytes)
        {
            WriteBlock(start, _header.BlockBytes);
            start += _header.BlockBytes;
        }

        if (start > SnapshotBlock.HeadBytes)
        {
            _buffer.AsSpan(start, _filled).CopyTo(_buffer.AsSpan(SnapshotBlock.HeadBytes));
        }
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        var at = SnapshotBlock.HeadBytes + _filled;
        if (_buffer.Length - at < Math.Max(sizeHint, 1))
        {
            var grown = Math.Min(2L * _buffer.Length, SnapshotBlock.HeadBytes + (2L * _header.BlockBytes));
            Array.Resize(ref _buffer, (int)Math.Max(grown, checked(at + Math.Max(sizeHint, 1))));
        }

        return _buffer.AsMemory(at);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Writes what is left and the footer, and syncs.</summary>
    public SnapshotDescriptor Finish()
    {
        if (_filled > 0)
        {
            WriteBlock(SnapshotBlock.HeadBytes, _filled);
        }

        var footer = new SnapshotFooter(_contentBytes, _blocks, default);
        _hash.Append(footer.EncodeHashed());
        footer = footer with { Hash = _hash.GetCurrentHashAsUInt128() };
        _disk.Write(_file, _offset, [footer.Encode()]);
        _disk.Sync(_file);
        return new SnapshotDescriptor(
            _header.Group, _header.Position, _header.Membership, _offset + SnapshotFooter.Bytes, footer.Hash);
    }

    /// <summary>Writes content that stands in the buffer as a block. The head goes in front of it, over
    /// what has been written already.</summary>
    private void WriteBlock(int start, int count)
    {
        if (_isCancelWanted())
        {
            throw new SnapshotCancelledException();
        }

        var block = _buffer.AsMemory(start - SnapshotBlock.HeadBytes, SnapshotBlock.HeadBytes + count);
        SnapshotBlock.Seal(block.Span, _blocks, _seed);
        Write(block);
        _blocks++;
        _contentBytes += count;
        _filled -= count;
    }

    private void Write(ReadOnlyMemory<byte> bytes)
    {
        _disk.Write(_file, _offset, [bytes]);
        _hash.Append(bytes.Span);
        _offset += bytes.Length;
        if (_offset - _syncedTo >= SyncEveryBytes)
        {
            _disk.Sync(_file);
            _syncedTo = _offset;
        }
    }
}

/// <summary>Ends the writing of content that is not wanted any more, through whoever is writing
/// it.</summary>
internal sealed class SnapshotCancelledException : Exception
{
    public SnapshotCancelledException()
        : base("the snapshot is not wanted any more")
    {
    }

    public SnapshotCancelledException(string message)
        : base(message)
    {
    }

    public SnapshotCancelledException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
