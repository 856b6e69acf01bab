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
}

/// <summary>What a command does. The numbers are in the log: never reuse one. 4 to 8 are kept for
/// transactions, compaction, lease grant, lease revocation and alarms.</summary>
internal enum CommandKind : byte
{
    Put = 1,
    DeleteRange = 2,
    PublishMember = 3,
}

/// <summary>A put, decoded in place.</summary>
internal readonly ref struct PutCommand
{
    public const byte PrevKvFlag = 1;
    public const byte IgnoreValueFlag = 2;
    public const byte IgnoreLeaseFlag = 4;
    private const byte AllFlags = PrevKvFlag | IgnoreValueFlag | IgnoreLeaseFlag;
    private readonly byte _flags;

    private PutCommand(byte flags, long lease, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        _flags = flags;
        Lease = lease;
        Key = key;
        Value = value;
    }

    public long Lease { get; }

    public ReadOnlySpan<byte> Key { get; }

    public ReadOnlySpan<byte> Value { get; }

    public bool WantsPrevious => (_flags & PrevKvFlag) != 0;

    public bool IgnoresValue => (_flags & IgnoreValueFlag) != 0;

    public bool IgnoresLease => (_flags & IgnoreLeaseFlag) != 0;

    public static bool TryRead(ref ByteReader reader, out PutCommand command)
    {
        command = default;
        if (!reader.TryReadByte(out var flags) || flags > AllFlags
            || !reader.TryReadSigned(out var lease)
            || !reader.TryReadBytes(out var key)
            || !reader.TryReadBytes(out var value)
            || !reader.AtEnd)
        {
            return false;
        }

        command = new PutCommand(flags, lease, key, value);
        return true;
    }
}

/// <summary>A deletion, decoded in place.</summary>
internal readonly ref struct DeleteCommand
{
    public const byte PrevKvFlag = 1;

    private DeleteCommand(bool wantsPrevious, ReadOnlySpan<byte> key, ReadOnlySpan<byte> end)
    {
        WantsPrevious = wantsPrevious;
        Key = key;
        End = end;
    }

    public bool WantsPrevious { get; }

    public ReadOnlySpan<byte> Key { get; }

    public ReadOnlySpan<byte> End { get; }

    public static bool TryRead(ref ByteReader reader, out DeleteCommand command)
    {
        command = default;
        if (!reader.TryReadByte(out var flags) || flags > PrevKvFlag
            || !reader.TryReadBytes(out var key)
            || !reader.TryReadBytes(out var end)
            || !reader.AtEnd)
        {
            return false;
        }

        command = new DeleteCommand(flags == PrevKvFlag, key, end);
        return true;
    }
}
