using Ikada.Log.Format;

namespace Ikada.Log.Recovery;

/// <summary>What a last segment is whose head cannot be read.</summary>
internal enum HeadlessSegment
{
    /// <summary>Prepared and not written on.</summary>
    Spare,

    /// <summary>To be prepared again: its preparation was cut short, or the write of its head was.</summary>
    Unprepared,

    /// <summary>Written on; the head is damaged.</summary>
    InUse,
}

/// <summary>Reads heads, and tells a segment that is not in use from one whose head was lost.</summary>
internal static class HeadReader
{
    /// <summary>True and the head, if the segment is in use. False if its head cannot be read.</summary>
    /// <exception cref="FormatVersionException">The head is of an unknown version.</exception>
    public static bool TryRead(FileWindow file, ulong sequence, out SegmentHead? head)
    {
        head = null;
        var start = file.Get(0, LogFormat.SectorBytes);
        var verdict = SegmentHead.Identify(start.Span, out var version, out var length);
        if (verdict == HeadVerdict.UnknownVersion)
        {
            throw FormatVersionException.For(file.Name, version, LogFormat.Version);
        }

        if (verdict != HeadVerdict.Valid || length > file.Length
            || SegmentHead.TryDecode(file.Get(0, length).Span, out head) != HeadVerdict.Valid)
        {
            return false;
        }

        // Another segment's head in its place was written or copied there by mistake.
        if (head!.Sequence != sequence)
        {
            head = null;
            return false;
        }

        return true;
    }

    /// <summary>What a last segment without a readable head is.</summary>
    public static HeadlessSegment Judge(FileWindow file, ulong sequence, long segmentBytes)
    {
        if (file.EndOfContent(0) == 0)
        {
            return file.Length == segmentBytes ? HeadlessSegment.Spare : HeadlessSegment.Unprepared;
        }

        for (long at = 0; at < file.Length; at += LogFormat.SectorBytes)
        {
            if (BatchHeader.TryRead(file.Get(at, BatchHeader.FixedBytes).Span, out var batch)
                && batch.Sequence == sequence && batch.Offset == at)
            {
                return HeadlessSegment.InUse;
            }
        }

        return IsTornHead(file) ? HeadlessSegment.Unprepared : HeadlessSegment.InUse;
    }

    // A head is written before anything else, and holds nothing that is not durable elsewhere.
    private static bool IsTornHead(FileWindow file)
    {
        var first = file.Get(0, LogFormat.SectorBytes).Span;
        if (LogFormat.IsZero(first))
        {
            return true;
        }

        if (SegmentHead.Identify(first, out _, out var length) == HeadVerdict.Valid)
        {
            var end = Math.Min(file.Length, LogFormat.AlignSector(length));
            for (long at = LogFormat.SectorBytes; at < end; at += LogFormat.SectorBytes)
            {
                if (LogFormat.IsZero(file.Get(at, LogFormat.SectorBytes).Span))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
