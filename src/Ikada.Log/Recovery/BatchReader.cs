using Ikada.Log.Format;

namespace Ikada.Log.Recovery;

/// <summary>Verifies a batch as a whole before any of it is believed.</summary>
internal static class BatchReader
{
    /// <summary>Null if every byte that means something is as written; else what is wrong.</summary>
    public static string? Verify(
        ReadOnlySpan<byte> bytes, in BatchHeader header, out uint chainAfter)
    {
        chainAfter = 0;
        if (bytes.Length < header.BatchBytes)
        {
            return "the batch ends beyond the segment";
        }

        if (!header.HasTable(bytes))
        {
            return "the group table of the batch is damaged";
        }

        var chain = BatchHeader.ChainAfter(header.Chain, bytes);
        var at = header.RecordsOffset;
        var end = at + header.RecordBytes;
        for (var i = 0; i < header.Records; i++)
        {
            if (!VerifyRecord(bytes[at..end], ref chain, out var recordBytes))
            {
                return $"record {i + 1} of {header.Records} in the batch is damaged";
            }

            at += recordBytes;
        }

        var trailer = new FieldReader(bytes[end..]);
        if (at != end || trailer.UInt32() != BatchHeader.TrailerMagic || trailer.UInt32() != chain)
        {
            return "the end of the batch is damaged";
        }

        chainAfter = chain;
        return null;
    }

    private static bool VerifyRecord(ReadOnlySpan<byte> bytes, ref uint chain, out int recordBytes)
    {
        recordBytes = 0;
        if (bytes.Length < RecordHeader.Bytes)
        {
            return false;
        }

        var record = RecordHeader.Decode(bytes, out var recorded);
        chain = RecordHeader.ChainAfter(chain, bytes);
        if (recorded != chain || record.BodyBytes > bytes.Length - RecordHeader.Bytes
            || record.TotalBytes > bytes.Length
            || !record.HasValidChecksum(bytes, bytes.Slice(RecordHeader.Bytes, record.BodyBytes)))
        {
            return false;
        }

        recordBytes = record.TotalBytes;
        return true;
    }
}
