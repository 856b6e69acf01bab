namespace Ikada.KeyValue;

/// <summary>
/// The commands as they stand in the log: a kind byte, a version byte, then the fields;
/// docs/internals/key-value.md gives every byte.
/// </summary>
public static class KeyValueCommand
{
    internal const byte FormatVersion = 1;

    /// <summary>Encodes a put.</summary>
    public static byte[] EncodePut(
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> value,
        long lease = 0,
        bool prevKv = false,
        bool ignoreValue = false,
        bool ignoreLease = false)
    {
        var bytes = new byte[3 + ByteWriter.LengthOfVarint(lease) + ByteWriter.LengthOfBytes(key)
            + ByteWriter.LengthOfBytes(value)];
        var writer = new ByteWriter(bytes);
        writer.WriteByte((byte)CommandKind.Put);
        writer.WriteByte(FormatVersion);
        writer.WriteByte((byte)((prevKv ? PutCommand.PrevKvFlag : 0)
            | (ignoreValue ? PutCommand.IgnoreValueFlag : 0)
            | (ignoreLease ? PutCommand.IgnoreLeaseFlag : 0)));
        writer.WriteVarint(lease);
        writer.WriteBytes(key);
        writer.WriteBytes(value);
        return bytes;
    }

    /// <summary>Encodes a deletion of a range.</summary>
    public static byte[] EncodeDeleteRange(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd = default, bool prevKv = false)
    {
        var bytes = new byte[3 + ByteWriter.LengthOfBytes(key) + ByteWriter.LengthOfBytes(rangeEnd)];
        var writer = new ByteWriter(bytes);
        writer.WriteByte((byte)CommandKind.DeleteRange);
        writer.WriteByte(FormatVersion);
        writer.WriteByte(prevKv ? DeleteCommand.PrevKvFlag : (byte)0);
        writer.WriteBytes(key);
        writer.WriteBytes(rangeEnd);
        return bytes;
    }

    /// <summary>Encodes a transaction: if all <paramref name="compares"/> hold, <paramref name="success"/>
    /// is executed, else <paramref name="failure"/>. An operation is an encoded put, deletion, transaction
    /// or <see cref="EncodeRangeOperation"/>.</summary>
    public static byte[] EncodeTransaction(
        IReadOnlyList<KeyComparison> compares, IReadOnlyList<byte[]> success, IReadOnlyList<byte[]> failure)
    {
        var length = 2 + ByteWriter.LengthOfVarint(compares.Count) + LengthOf(success) + LengthOf(failure);
        for (var i = 0; i < compares.Count; i++)
        {
            length += compares[i].EncodedLength;
        }

        var bytes = new byte[length];
        var writer = new ByteWriter(bytes);
        writer.WriteByte((byte)CommandKind.Transaction);
        writer.WriteByte(FormatVersion);
        writer.WriteVarint(compares.Count);
        for (var i = 0; i < compares.Count; i++)
        {
            compares[i].Write(ref writer);
        }

        Write(success, ref writer);
        Write(failure, ref writer);
        return bytes;
    }

    /// <summary>Encodes a read within a transaction. It is no command of its own.</summary>
    public static byte[] EncodeRangeOperation(in RangeQuery query) =>
        [(byte)CommandKind.RangeInTransaction, FormatVersion, .. query.Encode()];

    /// <summary>Encodes a member's publication of itself.</summary>
    public static byte[] EncodePublishMember(PublishedMember member)
    {
        var attributes = member.EncodeAttributes();
        var bytes = new byte[10 + ByteWriter.LengthOfBytes(attributes)];
        var writer = new ByteWriter(bytes);
        writer.WriteByte((byte)CommandKind.PublishMember);
        writer.WriteByte(FormatVersion);
        writer.WriteNumber(member.Id.Value);
        writer.WriteBytes(attributes);
        return bytes;
    }

    /// <summary>Encodes that an alarm is raised, or ended.</summary>
    public static byte[] EncodeAlarm(Alarm alarm, bool isActive)
    {
        var bytes = new byte[12];
        var writer = new ByteWriter(bytes);
        writer.WriteByte((byte)CommandKind.Alarm);
        writer.WriteByte(FormatVersion);
        writer.WriteByte(isActive ? (byte)1 : (byte)0);
        writer.WriteByte((byte)alarm.Kind);
        writer.WriteNumber(alarm.Member.Value);
        return bytes;
    }

    /// <summary>Encodes a compaction up to <paramref name="revision"/>.</summary>
    public static byte[] EncodeCompact(long revision) => WithNumber(CommandKind.Compact, (ulong)revision);

    /// <summary>Encodes one step of the removal of what compactions have left behind; to be sent by whoever
    /// leads while <see cref="KeyValueView.IsRemovingCompacted"/>.</summary>
    /// <param name="changesMax">How many changes it looks at, at least 1: each costs about as much as a
    /// put.</param>
    public static byte[] EncodeRemoveCompacted(int changesMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(changesMax, 1);
        return WithNumber(CommandKind.RemoveCompacted, (ulong)changesMax);
    }

    private static byte[] WithNumber(CommandKind kind, ulong number)
    {
        var bytes = new byte[2 + ByteWriter.LengthOfVarint(number)];
        var writer = new ByteWriter(bytes);
        writer.WriteByte((byte)kind);
        writer.WriteByte(FormatVersion);
        writer.WriteVarint(number);
        return bytes;
    }

    private static int LengthOf(IReadOnlyList<byte[]> operations)
    {
        var length = ByteWriter.LengthOfVarint(operations.Count);
        for (var i = 0; i < operations.Count; i++)
        {
            length += ByteWriter.LengthOfBytes(operations[i]);
        }

        return length;
    }

    private static void Write(IReadOnlyList<byte[]> operations, ref ByteWriter writer)
    {
        writer.WriteVarint(operations.Count);
        for (var i = 0; i < operations.Count; i++)
        {
            writer.WriteBytes(operations[i]);
        }
    }
}

/// <summary>What a command does. The numbers are in the log: never reuse one.</summary>
internal enum CommandKind : byte
{
    Put = 1,
    DeleteRange = 2,
    PublishMember = 3,
    Transaction = 4,
    Compact = 5,
    GrantLease = 6,
    RevokeLease = 7,
    Alarm = 8,
    RemoveCompacted = 9,
    RenewLeases = 10,
    CheckpointLeases = 11,
    Migration = 16,

    /// <summary>Within a transaction alone.</summary>
    RangeInTransaction = 32,
}
