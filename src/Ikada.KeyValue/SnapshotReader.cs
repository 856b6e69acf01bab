using System.Buffers;
using System.Buffers.Binary;
using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>Fills an empty batch from a snapshot. The checksum is verified before anything is
/// believed.</summary>
internal ref struct SnapshotReader
{
    private SequenceReader<byte> _bytes;

    private SnapshotReader(ReadOnlySequence<byte> body) => _bytes = new SequenceReader<byte>(body);

    /// <summary>Reads everything into <paramref name="batch"/>.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a snapshot of this store.</exception>
    public static StoreState Read(ReadOnlySequence<byte> snapshot, IOrderedBatch batch)
    {
        CheckHead(snapshot);
        var body = snapshot.Slice(KeyValueSnapshot.Magic.Length + 1, snapshot.End);
        var reader = new SnapshotReader(body.Slice(0, body.Length - 4));
        var state = reader.ReadState();
        reader.ReadItems(batch, state);
        return state;
    }

    private static void CheckHead(ReadOnlySequence<byte> snapshot)
    {
        var headLength = KeyValueSnapshot.Magic.Length + 1;
        if (snapshot.Length < headLength + 32 + 1 + 4)
        {
            throw new InvalidDataException(
                $"a snapshot of {snapshot.Length} bytes is cut short: fetch it again");
        }

        var head = snapshot.Slice(0, headLength).ToArray();
        if (!head.AsSpan(0, KeyValueSnapshot.Magic.Length).SequenceEqual(KeyValueSnapshot.Magic))
        {
            throw new InvalidDataException(
                "the snapshot is not one of the key-value store: its first bytes differ");
        }

        if (head[^1] != KeyValueSnapshot.FormatVersion)
        {
            throw new InvalidDataException(
                $"the snapshot has format version {head[^1]}, this program reads "
                + $"{KeyValueSnapshot.FormatVersion}: restore it with the program that made it, "
                + "or a newer one");
        }

        var checksum = 0U;
        foreach (var segment in snapshot.Slice(0, snapshot.Length - 4))
        {
            checksum = Crc32C.Append(checksum, segment.Span);
        }

        var written = BinaryPrimitives.ReadUInt32LittleEndian(snapshot.Slice(snapshot.Length - 4).ToArray());
        if (checksum != written)
        {
            throw new InvalidDataException(
                $"the snapshot is damaged: its checksum is {checksum:x8}, {written:x8} was written: "
                + "use another copy");
        }
    }

    private StoreState ReadState()
    {
        Span<byte> bytes = stackalloc byte[32];
        StoreState state = default;
        var read = _bytes.TryCopyTo(bytes);
        _bytes.Advance(read ? bytes.Length : 0);
        var reader = new ByteReader(bytes);
        return read && StoreState.TryRead(ref reader, out state) ? state : throw Invalid();
    }

    private void ReadItems(IOrderedBatch batch, in StoreState state)
    {
        ReadOnlySpan<byte> last = [];
        while (true)
        {
            if (!_bytes.TryRead(out var mark))
            {
                throw Invalid();
            }

            if (mark == KeyValueSnapshot.EndMark)
            {
                break;
            }

            var key = ReadBytes();
            var value = ReadBytes();
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
            else if (mark == KeyValueSnapshot.VersionMark && IsHistory(key, value, state))
            {
                ReadVersion(batch, key, value, last, state.Compacted);
                last = key;
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

        if (!_bytes.End)
        {
            throw Invalid();
        }
    }

    /// <summary>Versions come newest first within a key, so the first one is the current one, unless it is
    /// a deletion. What was changed when, they say too.</summary>
    private static void ReadVersion(
        IOrderedBatch batch, byte[] place, byte[] record, ReadOnlySpan<byte> last, long compacted)
    {
        batch.Put(place, record);
        var key = KeyLayout.KeyOf(place);
        if (!KeyLayout.IsSameKey(place, last) && !KeyValueRecord.IsDeletion(record))
        {
            batch.Put(KeyLayout.Current(key), record);
            LeaseTable.Move(batch, key, 0, KeyValueRecord.Decode(key, record).Lease);
        }

        var revision = KeyLayout.RevisionOf(place);
        if (revision >= compacted)
        {
            batch.Put(KeyLayout.Change(revision, KeyLayout.SubOf(place)), key);
        }
    }

    private static bool IsHistory(byte[] key, byte[] value, in StoreState state) =>
        KeyLayout.IsHistory(key)
        && KeyLayout.RevisionOf(key) is > 1 and var revision && revision <= state.Revision
        && KeyValueRecord.IsValid(value, revision);

    private byte[] ReadBytes()
    {
        var length = 0UL;
        for (var shift = 0; shift < 35; shift += 7)
        {
            if (!_bytes.TryRead(out var one))
            {
                throw Invalid();
            }

            length |= (ulong)(one & 0x7F) << shift;
            if (one < 0x80)
            {
                break;
            }
        }

        if (length > (ulong)_bytes.Remaining || length > (ulong)Array.MaxLength)
        {
            throw Invalid();
        }

        var bytes = new byte[length];
        _bytes.TryCopyTo(bytes);
        _bytes.Advance(bytes.Length);
        return bytes;
    }

    private static InvalidDataException Invalid() =>
        new("the snapshot's checksum is right but its content is not a state of this store: "
            + "use another copy");
}
