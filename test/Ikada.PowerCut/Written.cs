using System.Buffers.Binary;
using Ikada.Log;
using Ikada.Primitives;

namespace Ikada.PowerCut;

/// <summary>What the writer writes, as a function of where it stands: so whoever reads it knows what it
/// must be.</summary>
internal static class Written
{
    public static readonly GroupId[] Groups = [new(7), new(8)];
    public static readonly ClusterId Cluster = new(0xC1);
    public static readonly NodeId Node = new(0xA1);

    public static readonly Membership Members = new(
        [new Member(Node, null, "writer"u8.ToArray()), new Member(new NodeId(2), null, default)],
        [Node, new NodeId(2)]);

    /// <summary>Small segments, so that they follow each other and are freed; batches of more than one
    /// transfer of the device, so that a cut can fall into one.</summary>
    public static LogOptions Options { get; } = new()
    {
        SegmentBytes = 4 << 20, PreparationBytes = 256 << 10, TailBytesMax = 256 << 10,
        BatchBytesMax = 2 << 20,
    };

    public static LogEntry Entry(GroupId group, ulong index, ulong term)
    {
        var random = new RandomSource((group.Value << 56) ^ (term << 32) ^ index);
        var body = new byte[random.OneIn(30) ? random.NextBelow(40_000) : random.NextBelow(2_000)];
        Fill(body, random);
        return LogEntry.Create(group, new LogIndex(index), new Term(term), EntryKind.Command, 1, body);
    }

    public static byte[] Snapshot(GroupId group, LogPosition position)
    {
        var where = (group.Value << 56) ^ (position.Term.Value << 32) ^ position.Index.Value;
        var random = new RandomSource(~where);
        var content = new byte[100_000 + random.NextBelow(600_000)];
        Fill(content, random);
        return content;
    }

    // Never a zero: a sector of zeros looks like one that was not written.
    private static void Fill(Span<byte> bytes, RandomSource random)
    {
        Span<byte> number = stackalloc byte[8];
        for (var at = 0; at < bytes.Length; at += 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(number, random.NextUInt64() | 0x0101_0101_0101_0101);
            number[..Math.Min(8, bytes.Length - at)].CopyTo(bytes[at..]);
        }
    }
}
