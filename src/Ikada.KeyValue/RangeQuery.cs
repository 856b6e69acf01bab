namespace Ikada.KeyValue;

/// <summary>The order of a range's items. The numbers are etcd's.</summary>
public enum SortOrder
{
    /// <summary>By key ascending, or ascending by the target if that is not the key.</summary>
    None = 0,

    /// <summary>Lowest first.</summary>
    Ascend = 1,

    /// <summary>Highest first.</summary>
    Descend = 2,
}

/// <summary>What a range's items are ordered by. The numbers are etcd's.</summary>
public enum SortTarget
{
    /// <summary>The key.</summary>
    Key = 0,

    /// <summary>The version.</summary>
    Version = 1,

    /// <summary>The create revision.</summary>
    Create = 2,

    /// <summary>The mod revision.</summary>
    Mod = 3,

    /// <summary>The value, bytewise.</summary>
    Value = 4,
}

/// <summary>A read of a range of keys at one revision. The order of work is: find, filter, sort,
/// limit.</summary>
public readonly record struct RangeQuery
{
    private const byte FormatVersion = 1;
    private const byte KeysOnlyFlag = 1;
    private const byte CountOnlyFlag = 2;

    /// <summary>The keys asked for.</summary>
    public KeyRange Range { get; init; }

    /// <summary>How many items at most; 0 or less: all.</summary>
    public long Limit { get; init; }

    /// <summary>The revision to read at; 0 or less: the current one.</summary>
    public long Revision { get; init; }

    /// <summary>The order.</summary>
    public SortOrder Order { get; init; }

    /// <summary>What is ordered by.</summary>
    public SortTarget Target { get; init; }

    /// <summary>Leave the values out.</summary>
    public bool KeysOnly { get; init; }

    /// <summary>Give the count alone.</summary>
    public bool CountOnly { get; init; }

    /// <summary>Items with a smaller mod revision are left out; 0: none are.</summary>
    public long MinModRevision { get; init; }

    /// <summary>Items with a larger mod revision are left out; 0: none are.</summary>
    public long MaxModRevision { get; init; }

    /// <summary>Items with a smaller create revision are left out; 0: none are.</summary>
    public long MinCreateRevision { get; init; }

    /// <summary>Items with a larger create revision are left out; 0: none are.</summary>
    public long MaxCreateRevision { get; init; }

    internal bool HasFilters =>
        (MinModRevision | MaxModRevision | MinCreateRevision | MaxCreateRevision) != 0;

    /// <summary>Whether items come in the order in which the store holds them.</summary>
    internal bool InStoreOrder => Target == SortTarget.Key && Order != SortOrder.Descend;

    /// <summary>Whether it takes the first keys of its range, so that the rest may be asked for
    /// next.</summary>
    internal bool IsPage =>
        !CountOnly && !HasFilters && InStoreOrder && Limit is > 0 and < long.MaxValue;

    /// <summary>A read of one key, now.</summary>
    public static RangeQuery Of(ReadOnlyMemory<byte> key) => new() { Range = new KeyRange(key, default) };

    internal bool Passes(in KeyValueItem item) =>
        item.ModRevision >= MinModRevision
        && (MaxModRevision == 0 || item.ModRevision <= MaxModRevision)
        && item.CreateRevision >= MinCreateRevision
        && (MaxCreateRevision == 0 || item.CreateRevision <= MaxCreateRevision);

    /// <summary>Encodes it for <see cref="KeyValueStore.Query"/>.</summary>
    public byte[] Encode()
    {
        var bytes = new byte[EncodedLength()];
        var writer = new ByteWriter(bytes);
        writer.WriteByte(FormatVersion);
        writer.WriteByte((byte)((KeysOnly ? KeysOnlyFlag : 0) | (CountOnly ? CountOnlyFlag : 0)));
        writer.WriteByte((byte)Order);
        writer.WriteByte((byte)Target);
        writer.WriteBytes(Range.Key.Span);
        writer.WriteBytes(Range.End.Span);
        writer.WriteVarint(Limit);
        writer.WriteVarint(Revision);
        writer.WriteVarint(MinModRevision);
        writer.WriteVarint(MaxModRevision);
        writer.WriteVarint(MinCreateRevision);
        writer.WriteVarint(MaxCreateRevision);
        return bytes;
    }

    /// <summary>Decodes what <see cref="Encode"/> wrote. False on any malformed input.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out RangeQuery query)
    {
        query = default;
        var reader = new ByteReader(bytes);
        if (!reader.TryReadByte(out var format) || format != FormatVersion
            || !reader.TryReadByte(out var flags) || flags > (KeysOnlyFlag | CountOnlyFlag)
            || !reader.TryReadByte(out var order)
            || !reader.TryReadByte(out var target)
            || !reader.TryReadBytes(out var key)
            || !reader.TryReadBytes(out var end)
            || !reader.TryReadSigned(out var limit)
            || !reader.TryReadSigned(out var revision)
            || !reader.TryReadSigned(out var minMod)
            || !reader.TryReadSigned(out var maxMod)
            || !reader.TryReadSigned(out var minCreate)
            || !reader.TryReadSigned(out var maxCreate)
            || !reader.AtEnd)
        {
            return false;
        }

        query = new RangeQuery
        {
            Range = new KeyRange(key.ToArray(), end.ToArray()),
            Limit = limit,
            Revision = revision,
            Order = (SortOrder)order,
            Target = (SortTarget)target,
            KeysOnly = (flags & KeysOnlyFlag) != 0,
            CountOnly = (flags & CountOnlyFlag) != 0,
            MinModRevision = minMod,
            MaxModRevision = maxMod,
            MinCreateRevision = minCreate,
            MaxCreateRevision = maxCreate,
        };
        return true;
    }

    private int EncodedLength() =>
        4 + ByteWriter.LengthOfBytes(Range.Key.Span) + ByteWriter.LengthOfBytes(Range.End.Span)
        + ByteWriter.LengthOfVarint(Limit) + ByteWriter.LengthOfVarint(Revision)
        + ByteWriter.LengthOfVarint(MinModRevision) + ByteWriter.LengthOfVarint(MaxModRevision)
        + ByteWriter.LengthOfVarint(MinCreateRevision) + ByteWriter.LengthOfVarint(MaxCreateRevision);
}
