using System.Buffers.Binary;
using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>Takes a snapshot apart that comes in pieces of any size, and keeps no more of it than what does
/// not make a whole item yet. What it has told counts only once <see cref="Complete"/> has found the checksum
/// right.</summary>
internal abstract class SnapshotParser
{
    private const int ChecksumLength = 4;
    private static readonly int HeadLength = KeyValueSnapshot.Magic.Length + 1 + StoreState.Length;
    private readonly PieceBuffer _waiting = new();
    private uint _checksum;
    private Part _part;

    private enum Part
    {
        Head,
        Items,
        End,
    }

    /// <summary>The state in the head, once that has been read.</summary>
    protected StoreState State { get; private set; } = StoreState.Initial;

    /// <summary>How many bytes it keeps.</summary>
    public int WaitingBytes => _waiting.Bytes.Length;

    /// <summary>Takes the next piece. The bytes are not kept.</summary>
    /// <exception cref="InvalidDataException">This cannot be a snapshot of this store.</exception>
    public void Write(ReadOnlySpan<byte> piece)
    {
        _waiting.Append(piece);
        while (_part switch
        {
            Part.Head => TryReadHead(),
            Part.Items => TryReadItem(),
            _ => false,
        })
        {
        }

        if (_part == Part.End && _waiting.Bytes.Length > ChecksumLength)
        {
            throw Invalid();
        }
    }

    /// <summary>All pieces have come: the state that the snapshot holds.</summary>
    /// <exception cref="InvalidDataException">It is cut short or damaged.</exception>
    public StoreState Complete()
    {
        if (_part != Part.End || _waiting.Bytes.Length < ChecksumLength)
        {
            throw new InvalidDataException(
                "the snapshot is cut short, or damaged within: fetch it again, or use another copy");
        }

        var written = BinaryPrimitives.ReadUInt32LittleEndian(_waiting.Bytes);
        return _checksum == written
            ? State
            : throw new InvalidDataException(
                $"the snapshot is damaged: its checksum is {_checksum:x8}, {written:x8} was written: "
                + "use another copy");
    }

    /// <summary>The head has been read; items come.</summary>
    protected virtual void Begin()
    {
    }

    /// <summary>The next item. A version is a place in the history and a valid record.</summary>
    /// <exception cref="InvalidDataException">It is none of this store.</exception>
    protected abstract void Add(byte mark, byte[] key, byte[] value);

    private bool TryReadHead()
    {
        var bytes = _waiting.Bytes;
        var magic = KeyValueSnapshot.Magic[..Math.Min(bytes.Length, KeyValueSnapshot.Magic.Length)];
        if (!bytes.StartsWith(magic))
        {
            throw new InvalidDataException(
                "the snapshot is not one of the key-value store: its first bytes differ");
        }

        if (bytes.Length > magic.Length && bytes[magic.Length] != KeyValueSnapshot.FormatVersion)
        {
            throw new InvalidDataException(
                $"the snapshot has format version {bytes[magic.Length]}, this program reads "
                + $"{KeyValueSnapshot.FormatVersion}: restore it with the program that made it, "
                + "or a newer one");
        }

        if (bytes.Length < HeadLength)
        {
            return false;
        }

        var reader = new ByteReader(bytes[(magic.Length + 1)..HeadLength]);
        if (!StoreState.TryRead(ref reader, out var state))
        {
            throw Invalid();
        }

        State = state;
        Begin();
        Take(HeadLength, Part.Items);
        return true;
    }

    /// <summary>Reads an item that is there as a whole, or the mark of the end.</summary>
    private bool TryReadItem()
    {
        var reader = new ByteReader(_waiting.Bytes);
        if (!reader.TryReadByte(out var mark))
        {
            return false;
        }

        if (mark == KeyValueSnapshot.EndMark)
        {
            Take(1, Part.End);
            return true;
        }

        if (!reader.TryReadBytes(out var key) || !reader.TryReadBytes(out var value))
        {
            return false;
        }

        var (place, record) = (key.ToArray(), value.ToArray());
        if (mark == KeyValueSnapshot.VersionMark && !IsHistory(place, record))
        {
            throw Invalid();
        }

        Add(mark, place, record);
        Take(_waiting.Bytes.Length - reader.Remaining, Part.Items);
        return true;
    }

    private bool IsHistory(byte[] key, byte[] value) =>
        KeyLayout.IsHistory(key)
        && KeyLayout.RevisionOf(key) is > 1 and var revision && revision <= State.Revision
        && KeyValueRecord.IsValid(value, revision);

    private void Take(int length, Part next)
    {
        _checksum = Crc32C.Append(_checksum, _waiting.Bytes[..length]);
        _waiting.Skip(length);
        _part = next;
    }

    protected static InvalidDataException Invalid() =>
        new("the snapshot is damaged, or its content is not a state of this store: use another copy");

    /// <summary>Bytes that have come and are not used up: in one array, which grows to the largest item and a
    /// piece.</summary>
    private sealed class PieceBuffer
    {
        private byte[] _array = [];
        private int _start;
        private int _end;

        public ReadOnlySpan<byte> Bytes => _array.AsSpan(_start.._end);

        public void Append(ReadOnlySpan<byte> piece)
        {
            var length = checked(_end - _start + piece.Length);
            if (_end + (long)piece.Length > _array.Length)
            {
                var target = length > _array.Length
                    ? new byte[(int)Math.Min(Array.MaxLength, Math.Max(length, 2L * _array.Length))] : _array;
                Bytes.CopyTo(target);
                (_array, _start, _end) = (target, 0, _end - _start);
            }

            piece.CopyTo(_array.AsSpan(_end));
            _end += piece.Length;
        }

        public void Skip(int length) => _start += length;
    }
}
