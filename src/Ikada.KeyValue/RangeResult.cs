using System.Buffers;

namespace Ikada.KeyValue;

/// <summary>What a range read gave.</summary>
public sealed record RangeResult
{
    private const byte FormatVersion = 1;

    /// <summary>Why it was refused, or None.</summary>
    public KeyValueError Error { get; init; }

    /// <summary>The store's current revision, whatever revision was read.</summary>
    public long Revision { get; init; }

    /// <summary>How many keys the range holds at the revision read, before filters and limit.</summary>
    public long Count { get; init; }

    /// <summary>Whether the limit cut something off.</summary>
    public bool More { get; init; }

    /// <summary>The items.</summary>
    public IReadOnlyList<KeyValueItem> Items { get; init; } = [];

    /// <summary>Encodes it.</summary>
    public void Encode(IBufferWriter<byte> target)
    {
        var length = 3 + ByteWriter.LengthOfVarint(Revision) + ByteWriter.LengthOfVarint(Count)
            + ByteWriter.LengthOfVarint(Items.Count);
        var writer = new ByteWriter(target.GetSpan(length));
        writer.WriteByte(FormatVersion);
        writer.WriteByte((byte)Error);
        writer.WriteByte(More ? (byte)1 : (byte)0);
        writer.WriteVarint(Revision);
        writer.WriteVarint(Count);
        writer.WriteVarint(Items.Count);
        target.Advance(length);
        for (var i = 0; i < Items.Count; i++)
        {
            var item = Items[i];
            var itemLength = item.EncodedLength;
            writer = new ByteWriter(target.GetSpan(itemLength));
            item.Write(ref writer);
            target.Advance(itemLength);
        }
    }

    /// <summary>Decodes what <see cref="Encode"/> wrote. False on any malformed input.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out RangeResult result)
    {
        result = new RangeResult { Error = KeyValueError.Malformed };
        var reader = new ByteReader(bytes);
        if (!reader.TryReadByte(out var format) || format != FormatVersion
            || !reader.TryReadByte(out var error)
            || !reader.TryReadByte(out var more) || more > 1
            || !reader.TryReadSigned(out var revision)
            || !reader.TryReadSigned(out var count)
            || !reader.TryReadVarint(out var held) || held > (ulong)reader.Remaining)
        {
            return false;
        }

        var items = new List<KeyValueItem>();
        for (var i = 0UL; i < held; i++)
        {
            if (!KeyValueItem.TryRead(ref reader, out var item))
            {
                return false;
            }

            items.Add(item);
        }

        result = new RangeResult
        {
            Error = (KeyValueError)error,
            Revision = revision,
            Count = count,
            More = more == 1,
            Items = items,
        };
        return reader.AtEnd;
    }
}
