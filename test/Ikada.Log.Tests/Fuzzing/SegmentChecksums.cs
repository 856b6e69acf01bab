using System.Buffers.Binary;
using Ikada.Primitives;

namespace Ikada.Log.Tests.Fuzzing;

/// <summary>Makes the checksums and chains of a changed segment fit again, as docs/internals/log-format.md
/// has them: so that what lies behind the checksums is tried as well.</summary>
internal static class SegmentChecksums
{
    private const int HeadBytes = 104;
    private const int BatchBytes = 64;
    private const int GroupBytes = 48;
    private const int RecordBytes = 40;
    private const int SectorBytes = 512;

    public static void Fix(Span<byte> segment)
    {
        if (segment.Length < HeadBytes)
        {
            return;
        }

        var length = (int)Math.Min(Word(segment, 12), (uint)segment.Length);
        Put(segment, 16, Crc32C.Compute(segment[..16]));
        if (length >= HeadBytes)
        {
            Put(segment, 20, Crc32C.Compute(segment[24..length]));
        }

        Span<byte> seed = stackalloc byte[20];
        segment.Slice(40, 16).CopyTo(seed);
        segment.Slice(96, 4).CopyTo(seed[16..]);
        var chain = Crc32C.Compute(seed);
        for (var at = (length + SectorBytes - 1) / SectorBytes * SectorBytes; at < segment.Length;)
        {
            at = FixBatch(segment, at, ref chain);
        }
    }

    /// <summary>The next place to look.</summary>
    private static int FixBatch(Span<byte> segment, int at, ref uint chain)
    {
        var batch = segment[at..];
        if (batch.Length < BatchBytes || Word(batch, 0) != 0x5442_4B49)
        {
            return at + SectorBytes;
        }

        var table = (long)Word(batch, 16) * GroupBytes;
        if (BatchBytes + table <= batch.Length)
        {
            Put(batch, 20, Crc32C.Compute(batch.Slice(BatchBytes, (int)table)));
        }

        Put(batch, 56, chain);
        Put(batch, 4, Crc32C.Compute(batch[8..BatchBytes]));
        chain = Crc32C.Append(chain, batch[..BatchBytes]);
        var records = BatchBytes + table;
        var end = Math.Min(records + Word(batch, 60), batch.Length);
        while (records + RecordBytes <= end)
        {
            records = FixRecord(batch, (int)records, ref chain);
        }

        if (end + 8 <= batch.Length)
        {
            Put(batch, (int)end + 4, chain);
        }

        var whole = ((long)Word(batch, 8) + SectorBytes - 1) / SectorBytes * SectorBytes;
        return (int)Math.Min(at + Math.Max(whole, SectorBytes), segment.Length);
    }

    private static long FixRecord(Span<byte> batch, int at, ref uint chain)
    {
        var record = batch[at..];
        var body = Math.Min(Word(record, 4), (uint)(record.Length - RecordBytes));
        var content = record.Slice(RecordBytes, (int)body);
        if (record[0] is 1 or 5)
        {
            Span<byte> identity = stackalloc byte[26];
            record.Slice(8, 24).CopyTo(identity);
            identity[24] = record[1];
            identity[25] = record[2];
            Put(record, 32, Crc32C.Append(Crc32C.Compute(identity), content));
        }
        else
        {
            Put(record, 32, Crc32C.Append(Crc32C.Compute(record[..32]), content));
        }

        chain = Crc32C.Append(chain, record[..36]);
        Put(record, 36, chain);
        return at + RecordBytes + ((body + 7L) & ~7L);
    }

    private static uint Word(ReadOnlySpan<byte> bytes, int at) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static void Put(Span<byte> bytes, int at, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], value);
}
