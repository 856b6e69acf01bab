using System.Buffers.Binary;
using Ikada.Log.Format;

namespace Ikada.Log.Recovery;

/// <summary>A record of a damaged batch whose header is proven by the chain.</summary>
/// <param name="Offset">Where it stands, from the beginning of the batch.</param>
/// <param name="Header">Its header, as written.</param>
/// <param name="IsWhole">Whether its body is as written too.</param>
internal readonly record struct BatchRecord(int Offset, RecordHeader Header, bool IsWhole)
{
    /// <summary>Whether it is proven to be of the kind it says. The checksum of an entry does not tell one
    /// that was appended from one that was written forward.</summary>
    public bool IsKindProven { get; init; } = true;
}

/// <summary>Finds what can be trusted of a damaged batch, from either end.</summary>
internal static class RecordWalk
{
    private const int ChainOffset = 36;

    /// <summary>Reads records from <paramref name="at"/> on, as far as the chain holds: it proves each
    /// header,
    /// and so the length, whatever became of the body. Returns where it stopped.</summary>
    public static int Forward(
        ReadOnlySpan<byte> batch, int at, int end, int countMax, ref uint chain, List<BatchRecord> into)
    {
        while (into.Count < countMax && at + RecordHeader.Bytes <= end)
        {
            var record = RecordHeader.Decode(batch[at..], out var recorded);
            var after = RecordHeader.ChainAfter(chain, batch[at..]);
            if (after != recorded || !Fits(record, end - at))
            {
                break;
            }

            into.Add(new BatchRecord(at, record, IsWhole(record, batch[at..])));
            chain = after;
            at += record.TotalBytes;
        }

        return at;
    }

    /// <summary>Reads the longest row of records that ends at <paramref name="end"/> with
    /// <paramref name="chain"/>: each record's chain is proven by the header after it, each header by the
    /// record
    /// before it, and the first one by its own checksum. Bytes of a client that look like records cannot
    /// fit: the chain depends on the random use id.</summary>
    public static List<BatchRecord> Backward(ReadOnlySpan<byte> batch, int from, int end, uint chain)
    {
        var starts = new bool[((end - from) / 8) + 1];
        starts[^1] = true;
        var first = end;
        for (var at = end - RecordHeader.Bytes; at >= from; at -= 8)
        {
            if (IsFollowed(batch, at, from, end, chain, starts))
            {
                starts[(at - from) / 8] = true;
                first = at;
            }
        }

        var records = new List<BatchRecord>();
        for (var at = first; at < end;)
        {
            var record = RecordHeader.Decode(batch[at..], out _);
            var isWhole = IsWhole(record, batch[at..]);
            if (isWhole || records.Count > 0)
            {
                var isProven = records.Count > 0 || !RecordHeader.IsEntry(record.Kind);
                records.Add(new BatchRecord(at, record, isWhole) { IsKindProven = isProven });
            }

            at += record.TotalBytes;
        }

        return records;
    }

    /// <summary>Where the trailer stands in the last sector of a batch, or -1. Without an
    /// <paramref name="anchor"/> its chain counts.</summary>
    public static int FindTrailer(ReadOnlySpan<byte> batch, ref uint? anchor)
    {
        var low = Math.Max(0, batch.Length - LogFormat.SectorBytes - BatchHeader.TrailerBytes);
        for (var at = (batch.Length - BatchHeader.TrailerBytes) & ~7; at >= low; at -= 8)
        {
            var chain = BinaryPrimitives.ReadUInt32LittleEndian(batch[(at + 4)..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(batch[at..]) == BatchHeader.TrailerMagic
                && (anchor is null || anchor == chain))
            {
                anchor = chain;
                return at;
            }
        }

        return -1;
    }

    private static bool IsFollowed(
        ReadOnlySpan<byte> batch, int at, int from, int end, uint chain, bool[] starts)
    {
        if (batch[at] is 0 or > (byte)RecordKind.Compaction || batch[at + 3] != 0)
        {
            return false;
        }

        var record = RecordHeader.Decode(batch[at..], out var recorded);
        if (!Fits(record, end - at) || !starts[(at + record.TotalBytes - from) / 8])
        {
            return false;
        }

        var next = at + record.TotalBytes;
        return next == end
            ? recorded == chain
            : RecordHeader.ChainAfter(recorded, batch[next..])
                == BinaryPrimitives.ReadUInt32LittleEndian(batch[(next + ChainOffset)..]);
    }

    private static bool Fits(in RecordHeader record, int room) =>
        record.BodyBytes <= room - RecordHeader.Bytes && record.TotalBytes <= room;

    private static bool IsWhole(in RecordHeader record, ReadOnlySpan<byte> bytes) =>
        record.HasValidChecksum(bytes, bytes.Slice(RecordHeader.Bytes, record.BodyBytes));
}
