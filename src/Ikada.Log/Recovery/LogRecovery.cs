using Ikada.Log.Format;
using Ikada.Log.Writing;
using Ikada.Primitives;

namespace Ikada.Log.Recovery;

/// <summary>A log ready to be written on.</summary>
internal sealed record OpenedLog(
    ActiveSegment Active, bool IsSpareReady, bool IsSealed, RecoveryReport Report);

/// <summary>
/// Reads the segments in order and brings the last one into a state that can be written on. Nothing found
/// valid is believed durable before it is synced again here: it may have been read from the page cache of a
/// process that died before its sync. Every step can be cut by a crash: the next recovery finds what this one
/// found, or its result.
/// </summary>
internal sealed class LogRecovery(
    IDisk disk, LogOptions options, DirectoryIdentity identity, RandomSource random, GroupTable groups)
{
    private readonly RecoveryReport _report = new();

    public OpenedLog Run()
    {
        var sequences = FindSegments();
        var heads = ReadHeads(sequences, out var isSpareReady);
        if (heads.Count == 0)
        {
            NodeDirectory.CheckLogMayBeNew(disk, identity);
            return CreateFirst();
        }

        SegmentScan scan = null!;
        for (var i = 0; i < heads.Count; i++)
        {
            CheckOwner(heads[i]);
            CheckFollows(heads, i);
            scan = new SegmentScan(
                disk, heads[i], i + 1 < heads.Count ? heads[i + 1] : null, groups, _report);
            scan.Run(isFirst: i == 0);
            _report.Segments++;
        }

        CheckCommits(scan);
        return Finish(scan, isSpareReady);
    }

    private List<ulong> FindSegments()
    {
        var sequences = new List<ulong>();
        foreach (var name in disk.List())
        {
            if (LogFormat.TryParseSegmentName(name, out var sequence))
            {
                sequences.Add(sequence);
            }
        }

        sequences.Sort();
        for (var i = 1; i < sequences.Count; i++)
        {
            if (sequences[i] != sequences[i - 1] + 1)
            {
                var missing = LogFormat.SegmentName(sequences[i - 1] + 1);
                throw new LogDamagedException(missing, 0, "the file is missing while a later one is there");
            }
        }

        return sequences;
    }

    private List<SegmentHead> ReadHeads(List<ulong> sequences, out bool isSpareReady)
    {
        isSpareReady = false;
        var heads = new List<SegmentHead>();
        for (var i = 0; i < sequences.Count; i++)
        {
            var file = new FileWindow(disk, LogFormat.SegmentName(sequences[i]), 64 << 10);
            if (HeadReader.TryRead(file, sequences[i], out var head))
            {
                heads.Add(head!);
            }
            else if (i + 1 < sequences.Count)
            {
                throw new LogDamagedException(
                    file.Name, 0, "its head cannot be read, and a later segment is in use");
            }
            else
            {
                // Not in use yet: prepared, half prepared, or its head was torn. Throws if neither explains
                // it.
                isSpareReady = HeadReader.IsCleanSpare(file, sequences[i], options.SegmentBytes);
            }
        }

        return heads;
    }

    private void CheckOwner(SegmentHead head)
    {
        var file = LogFormat.SegmentName(head.Sequence);
        if (head.Cluster != identity.Cluster || head.Node != identity.Node)
        {
            throw new ForeignDirectoryException(
                $"{file} belongs to member {head.Node} of cluster {head.Cluster}, but this is member "
                    + $"{identity.Node} of "
                + $"cluster {identity.Cluster}. Point the node to its own directory, or to an empty one.");
        }

        if (head.Incarnation != identity.Incarnation)
        {
            throw new ForeignDirectoryException(
                $"{file} was written under incarnation {head.Incarnation}, but the directory is of "
                    + $"incarnation "
                + $"{identity.Incarnation}: files of two directories were mixed. "
                + $"{LogDamagedException.Remedy}");
        }
    }

    private static void CheckFollows(List<SegmentHead> heads, int i)
    {
        if (i > 0 && heads[i].PredecessorUseId != heads[i - 1].UseId)
        {
            throw new LogDamagedException(
                LogFormat.SegmentName(heads[i].Sequence), 0,
                "it does not follow the segment before it: one of them is from another time");
        }
    }

    private void CheckCommits(SegmentScan scan)
    {
        foreach (var group in groups.All)
        {
            if (group.NotedCommit > group.Last.Index)
            {
                throw new LogDamagedException(
                    scan.File, scan.Position,
                    $"group {group.Group.Value} ends at index {group.Last.Index.Value}, but index "
                    + $"{group.NotedCommit.Value} was committed");
            }
        }
    }

    private OpenedLog CreateFirst()
    {
        var head = new SegmentHead
        {
            Sequence = 1,
            UseId = random.NextUInt64(),
            Cluster = identity.Cluster,
            Node = identity.Node,
            Incarnation = identity.Incarnation,
            SegmentBytes = options.SegmentBytes,
            PredecessorUseId = 0,
            PredecessorEnd = 0,
            PredecessorChain = 0,
            Groups = [],
        };
        var active = ActiveSegment.Begin(head);
        PrepareNow(active.Name);
        WriteHead(head);
        NodeDirectory.MarkLogCreated(disk);
        return new OpenedLog(active, false, false, _report);
    }

    private OpenedLog Finish(SegmentScan scan, bool isSpareReady)
    {
        // After a failed sync the kernel may hold the pages as clean, and a sync now would prove nothing:
        // written again, the same bytes are dirty again.
        disk.Write(scan.File, scan.Unproven.Offset, [scan.Unproven.Bytes]);
        disk.Sync(scan.File);
        disk.SyncDirectory();
        NodeDirectory.MarkLogCreated(disk);
        var active = scan.ToActive();
        if (scan.ContentEnd == scan.Position)
        {
            return new OpenedLog(active, isSpareReady, scan.IsSealed, _report);
        }

        _report.TornFile = scan.File;
        _report.TornOffsetBytes = scan.Position;
        _report.TornBytes = scan.ContentEnd - scan.Position;
        if (scan.RescueHardStates())
        {
            // Kept in the head of the next segment before the only copy is overwritten.
            _report.IsHardStateRescued = true;
            if (!isSpareReady)
            {
                PrepareNow(LogFormat.SegmentName(active.Head.Sequence + 1));
            }

            MarkBases();
            var head = active.Follow(identity, options.SegmentBytes, random.NextUInt64(), groups.Heads());
            WriteHead(head);
            active = ActiveSegment.Begin(head);
            isSpareReady = false;
        }

        Zero(scan.File, scan.Position, scan.ContentEnd);
        return new OpenedLog(active, isSpareReady, false, _report);
    }

    private void MarkBases()
    {
        foreach (var group in groups.All)
        {
            group.IsBaseRecorded = group.HasBase;
        }
    }

    private void WriteHead(SegmentHead head)
    {
        var name = LogFormat.SegmentName(head.Sequence);
        disk.Write(name, 0, [head.Encode()]);
        disk.Sync(name);
    }

    private void PrepareNow(string name)
    {
        for (long offset = 0; offset < options.SegmentBytes; offset += options.PreparationBytes)
        {
            var bytes = (int)Math.Min(options.PreparationBytes, options.SegmentBytes - offset);
            PreparationOperation.Prepare(disk, name, offset, bytes, options.SegmentBytes);
        }
    }

    private void Zero(string name, long from, long to)
    {
        while (from < to)
        {
            var bytes = (int)Math.Min(options.PreparationBytes, to - from);
            disk.Write(name, from, [new byte[bytes]]);
            from += bytes;
        }

        disk.Sync(name);
    }
}
