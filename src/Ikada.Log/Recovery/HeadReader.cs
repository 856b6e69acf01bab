using Ikada.Log.Format;

namespace Ikada.Log.Recovery;

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

        if (head!.Sequence != sequence)
        {
            throw new LogDamagedException(
                file.Name, 0,
                    $"its head says it is segment {head.Sequence}: the file was renamed or misdirected");
        }

        if (head.SegmentBytes != file.Length)
        {
            throw new LogDamagedException(
                file.Name, 0, $"it is {file.Length} bytes long, but was made with {head.SegmentBytes}");
        }

        return true;
    }

    /// <summary>Whether a last segment without a readable head is ready for use; false if it must be prepared
    /// again.</summary>
    /// <exception cref="LogDamagedException">It was in use, or neither preparation nor a torn head explains
    /// it.</exception>
    public static bool IsCleanSpare(FileWindow file, ulong sequence, long segmentBytes)
    {
        if (file.EndOfContent(0) == 0)
        {
            return file.Length == segmentBytes;
        }

        for (long at = 0; at < file.Length; at += LogFormat.SectorBytes)
        {
            if (BatchHeader.TryRead(file.Get(at, BatchHeader.FixedBytes).Span, out var batch)
                && batch.Sequence == sequence && batch.Offset == at)
            {
                throw new LogDamagedException(
                    file.Name, 0, $"its head cannot be read, but the batch at {at} can");
            }
        }

        var first = file.Get(0, LogFormat.SectorBytes).Span;
        if (LogFormat.IsZero(first))
        {
            return false; // torn: the first sector of the head did not reach the disk
        }

        if (SegmentHead.Identify(first, out _, out var length) == HeadVerdict.Valid)
        {
            var end = Math.Min(file.Length, LogFormat.AlignSector(length));
            for (long at = LogFormat.SectorBytes; at < end; at += LogFormat.SectorBytes)
            {
                if (LogFormat.IsZero(file.Get(at, LogFormat.SectorBytes).Span))
                {
                    return false; // torn: another sector did not
                }
            }
        }

        throw new LogDamagedException(
            file.Name, 0,
                "its head was written whole and changed since; whether entries followed is not known");
    }
}
