using Ikada.Log.Format;

namespace Ikada.Log.Recovery;

/// <summary>Finds batch headers of one use of a segment.</summary>
internal sealed class SegmentReader
{
    private readonly ulong _sequence;

    /// <param name="disk">The disk.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="reused">An array to read into; null: what is read is kept.</param>
    public SegmentReader(IDisk disk, SegmentInUse segment, byte[]? reused)
    {
        File = new FileWindow(disk, segment.Name, WindowBytesOf(disk.GetLength(segment.Name)), reused);
        _sequence = segment.Sequence;
        UseId = segment.Head?.UseId ?? segment.Successor?.PredecessorUseId;
    }

    /// <summary>How much of a segment is read at a time.</summary>
    public static int WindowBytesOf(long segmentBytes) =>
        (int)Math.Clamp(segmentBytes / 16, 64 << 10, 1 << 20);

    public FileWindow File { get; }

    /// <summary>Of the segment; null until a header tells it.</summary>
    public ulong? UseId { get; private set; }

    /// <summary>The header there, if it is whole and was written at that place in this use of the
    /// segment.</summary>
    public bool TryHeader(long at, out BatchHeader header) =>
        BatchHeader.TryRead(File.Get(at, BatchHeader.FixedBytes).Span, out header)
        && header.Sequence == _sequence && header.Offset == at && header.SyncedUpTo <= at
        && (UseId is null || header.UseId == UseId);

    /// <summary>The offset of the next header on a sector boundary, or -1.</summary>
    public long FindHeader(long from, long end)
    {
        for (var at = from; at < Math.Min(end, File.Length); at += LogFormat.SectorBytes)
        {
            if (TryHeader(at, out var header))
            {
                UseId ??= header.UseId;
                return at;
            }
        }

        return -1;
    }

    /// <summary>The largest SyncedUpTo that a header behind <paramref name="from"/> names; 0 if there is
    /// none.</summary>
    public long SyncedUpTo(long from, long end)
    {
        long synced = 0;
        for (var at = FindHeader(from, end); at >= 0; at = FindHeader(at + LogFormat.SectorBytes, end))
        {
            if (TryHeader(at, out var header))
            {
                synced = Math.Max(synced, header.SyncedUpTo);
            }
        }

        return synced;
    }

    public bool IsZero(long at) => LogFormat.IsZero(File.Get(at, LogFormat.SectorBytes).Span);

    /// <summary>Whether the write there can have been torn. A write loses whole sectors, and what it
    /// overwrites are zeros: so a batch with a sector of zeros may be torn, one without was changed after
    /// it was written.</summary>
    public bool LacksASector(long at, uint? chain)
    {
        if (IsZero(at))
        {
            return true;
        }

        if (!TryHeader(at, out var header) || (chain is { } before && header.Chain != before))
        {
            return false; // the header is in the first sector whole
        }

        var end = Math.Min(File.Length, at + header.BatchBytes);
        for (var sector = at + LogFormat.SectorBytes; sector < end; sector += LogFormat.SectorBytes)
        {
            if (IsZero(sector))
            {
                return true;
            }
        }

        return false;
    }
}
