using System.Buffers.Binary;
using Ikada.Log.Format;

namespace Ikada.Log.Recovery;

/// <summary>What can still be read of a place in a segment where one batch, or several, stood.</summary>
internal sealed class DamagedBatch
{
    // Where records begin at the earliest if another batch stood before this one in the same hole.
    private const int SecondBatchRecords = LogFormat.SectorBytes + BatchHeader.FixedBytes;

    // Too short for header, the table of one group and a truncation, which is the shortest record.
    private const int RecordLostMin = BatchHeader.FixedBytes + BatchHeader.GroupBytes + RecordHeader.Bytes;

    public required long Offset { get; init; }

    public required ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>What is wrong.</summary>
    public required string Fault { get; init; }

    /// <summary>The groups it concerned and where it left them; null if the table is lost: then it may have
    /// concerned any.</summary>
    public List<BatchGroup>? Groups { get; private init; }

    /// <summary>The records before the first lost one.</summary>
    public List<BatchRecord> Before { get; private init; } = [];

    /// <summary>The records behind the last lost one.</summary>
    public List<BatchRecord> After { get; private set; } = [];

    /// <summary>Whether no record is lost, bodies apart.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Whether every hard state that it held is among what can be read.</summary>
    public bool AreHardStatesKnown { get; private set; }

    /// <summary>The chain after it, if known.</summary>
    public uint? ChainAfter { get; private set; }

    public long End => Offset + Bytes.Length;

    /// <summary>A batch whose header is whole.</summary>
    /// <param name="at">Where it stands.</param>
    /// <param name="header">Its header.</param>
    /// <param name="bytes">All of it.</param>
    /// <param name="anchor">The chain after it, as the batch or head that follows names it.</param>
    /// <param name="fault">What is wrong.</param>
    public static DamagedBatch Read(
        long at, in BatchHeader header, ReadOnlyMemory<byte> bytes, uint? anchor, string fault)
    {
        var span = bytes.Span;
        var batch = new DamagedBatch
        {
            Offset = at, Bytes = bytes, Fault = fault,
            Groups = header.HasTable(span) ? ReadTable(header, span) : null,
        };
        var end = header.RecordsOffset + header.RecordBytes;
        var chain = BatchHeader.ChainAfter(header.Chain, span);
        var stop = RecordWalk.Forward(
            span, header.RecordsOffset, end, header.Records, ref chain, batch.Before);
        var isComplete = stop == end && batch.Before.Count == header.Records;
        if (isComplete && anchor is { } expected && expected != chain)
        {
            // Whole by itself, yet not what the next batch followed: an earlier write at this place.
            return Lost(at, bytes, fault);
        }

        batch.IsComplete = isComplete;
        batch.ChainAfter = isComplete ? chain : anchor ?? TrailerChain(span[end..]);
        if (!isComplete && batch.ChainAfter is { } last)
        {
            batch.After = RecordWalk.Backward(span, stop, end, last);
        }

        batch.AreHardStatesKnown = batch.Groups is not null || isComplete
            || batch.HasHardStatesFrom(LogFormat.AlignSector(header.RecordsOffset));
        return batch;
    }

    /// <summary>A place without a readable header, up to the next one or to the end of the segment.</summary>
    /// <param name="at">Where it begins.</param>
    /// <param name="bytes">All of it.</param>
    /// <param name="anchor">The chain after it, as what follows names it. Without it no record is believed,
    /// since nothing ties it to this use of the segment; hard states say themselves where they
    /// belong.</param>
    /// <param name="fault">What is wrong.</param>
    public static DamagedBatch ReadHole(long at, ReadOnlyMemory<byte> bytes, uint? anchor, string fault)
    {
        var batch = Lost(at, bytes, fault);
        var chain = anchor;
        var trailer = bytes.Length > BatchHeader.FixedBytes
            ? RecordWalk.FindTrailer(bytes.Span, ref chain) : -1;
        batch.ChainAfter = anchor;
        if (trailer < BatchHeader.FixedBytes)
        {
            return batch;
        }

        batch.After = RecordWalk.Backward(bytes.Span, BatchHeader.FixedBytes, trailer, chain!.Value);
        var first = batch.After.Count > 0 ? batch.After[0].Offset : int.MaxValue;
        batch.AreHardStatesKnown |=
            first < SecondBatchRecords && batch.HasHardStatesFrom(LogFormat.SectorBytes);
        batch.IsComplete = anchor is not null && first < RecordLostMin;
        if (anchor is null)
        {
            batch.After.Clear();
        }

        return batch;
    }

    /// <summary>A place of which nothing is believed.</summary>
    public static DamagedBatch Lost(long at, ReadOnlyMemory<byte> bytes, string fault) => new()
    {
        Offset = at, Bytes = bytes, Fault = fault,

        // A hard state never stands in the first sector of its batch.
        AreHardStatesKnown = bytes.Length <= LogFormat.SectorBytes,
    };

    // Hard states stand at the end of a batch, and never in the sectors of header and table.
    private bool HasHardStatesFrom(int earliest)
    {
        if (After.Count == 0)
        {
            return false;
        }

        var isOtherThere = false;
        foreach (var record in After)
        {
            isOtherThere |= record.Header.Kind != RecordKind.HardState;
        }

        return isOtherThere || After[0].Offset <= earliest;
    }

    private static uint? TrailerChain(ReadOnlySpan<byte> trailer) =>
        BinaryPrimitives.ReadUInt32LittleEndian(trailer) == BatchHeader.TrailerMagic
            ? BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..])
            : null;

    private static List<BatchGroup> ReadTable(in BatchHeader header, ReadOnlySpan<byte> batch)
    {
        var groups = new List<BatchGroup>(header.Groups);
        for (var i = 0; i < header.Groups; i++)
        {
            groups.Add(BatchHeader.GroupAt(batch, i));
        }

        return groups;
    }
}
