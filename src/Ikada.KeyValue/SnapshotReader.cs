using System.Buffers.Binary;
using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>Fills an empty batch from a snapshot that comes in pieces of any size, and keeps no more of it
/// than what does not make a whole item yet. What it has put into the batch counts only once
/// <see cref="Complete"/> has found the checksum right.</summary>
internal sealed class SnapshotReader(IOrderedBatch batch)
{
    private const int ChecksumLength = 4;
    private static readonly int HeadLength = KeyValueSnapshot.Magic.Length + 1 + StoreState.Length;
    private readonly PieceBuffer _waiting = new();
    private StoreState _state;
    private uint _checksum;
    private Part _part;
    private byte[] _last = [];

    private enum Part
    {
        Head,
        Items,
        End,
    }

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
            ? _state
            : throw new InvalidDataException(
                $"the snapshot is damaged: its checksum is {_checksum:x8}, {written:x8} was written: "
                + "use another copy");
    }

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
        if (!StoreState.TryRead(ref reader, out _state))
        {
            throw Invalid();
        }

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

        Add(mark, key.ToArray(), value.ToArray());
        Take(_waiting.Bytes.Length - reader.Remaining, Part.Items);
        return true;
    }

    private void Add(byte mark, byte[] key, byte[] value)
    {
        if (mark == KeyValueSnapshot.MemberMark && key.AsSpan().StartsWith(KeyLayout.MemberPrefix))
        {
            batch.Put(key, value);
        }
        else if (mark == KeyValueSnapshot.AlarmsMark
            && key.AsSpan().SequenceEqual(KeyLayout.AlarmsKey) && AlarmTable.IsValid(value))
        {
            batch.Put(key, value);
        }
        else if (mark == KeyValueSnapshot.MigrationMark && KeyValueMigration.IsValid(key, value))
        {
            batch.Put(key, value);
        }
        else if (mark == KeyValueSnapshot.VersionMark && IsHistory(key, value))
        {
            AddVersion(key, value);
        }
        else if (mark == KeyValueSnapshot.LeaseMark && KeyValueLease.TryDecode(key, value, out var lease))
        {
            batch.Put(key, value);
            batch.Put(KeyLayout.Renewal(lease.RenewedAt, lease.Id), []);
        }
        else
        {
            throw Invalid();
        }
    }

    /// <summary>Versions come newest first within a key, so the first one is the current one, unless it is
    /// a deletion. What was changed when, they say too.</summary>
    private void AddVersion(byte[] place, byte[] record)
    {
        batch.Put(place, record);
        var key = KeyLayout.KeyOf(place);
        if (!KeyLayout.IsSameKey(place, _last) && !KeyValueRecord.IsDeletion(record))
        {
            batch.Put(KeyLayout.Current(key), record);
            LeaseTable.Move(batch, key, 0, KeyValueRecord.Decode(key, record).Lease);
        }

        var revision = KeyLayout.RevisionOf(place);
        if (revision >= _state.Compacted)
        {
            batch.Put(KeyLayout.Change(revision, KeyLayout.SubOf(place)), key);
        }

        _last = place;
    }

    private bool IsHistory(byte[] key, byte[] value) =>
        KeyLayout.IsHistory(key)
        && KeyLayout.RevisionOf(key) is > 1 and var revision && revision <= _state.Revision
        && KeyValueRecord.IsValid(value, revision);

    private void Take(int length, Part next)
    {
        _checksum = Crc32C.Append(_checksum, _waiting.Bytes[..length]);
        _waiting.Skip(length);
        _part = next;
    }

    private static InvalidDataException Invalid() =>
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
