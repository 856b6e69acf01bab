using Ikada.Log.Format;
using Ikada.Log.Writing;
using Ikada.Primitives;

namespace Ikada.Log.Recovery;

/// <summary>A log ready to be written on.</summary>
internal sealed record OpenedLog(
    ActiveSegment Active, bool IsSpareReady, bool IsSealed, bool MayMissGroups, RecoveryReport Report)
{
    /// <summary>The files that can be used again.</summary>
    public required IReadOnlyList<string> Free { get; init; }

    /// <summary>Those that were never finished, or are of another size.</summary>
    public required IReadOnlyList<string> Unfinished { get; init; }
}

/// <summary>
/// Reads the segments in order and brings the last one into a state that can be written on. Nothing found
/// valid is believed durable before it is synced again here: it may have been read from the page cache of a
/// process that died before its sync. Every step can be cut by a crash: the next recovery finds what this one
/// found, or its result.
/// </summary>
internal sealed class LogRecovery
{
    private const int HeadBytes = 4096; // of most heads
    private const long KeptBytesMax = 16 << 20;
    private readonly IDisk _disk;
    private readonly LogOptions _options;
    private readonly DirectoryIdentity _identity;
    private readonly RandomSource _random;
    private readonly GroupTable _groups;
    private readonly SegmentUse _use;
    private readonly List<string> _free = [];
    private readonly List<string> _unfinished = [];
    private readonly RecoveryReport _report = new();
    private readonly LogReplay _replay;
    private bool _isLastLost;

    public LogRecovery(
        IDisk disk, LogOptions options, DirectoryIdentity identity, RandomSource random, GroupTable groups,
            SegmentUse use)
    {
        (_disk, _options, _identity, _random, _groups, _use) = (disk, options, identity, random, groups, use);
        _replay = new LogReplay(groups, _report);
    }

    public OpenedLog Run()
    {
        var segments = FindSegments(out var isSpareReady);
        if (segments.Count == 0)
        {
            NodeDirectory.CheckLogMayBeNew(_disk, _identity);
            return CreateFirst();
        }

        SegmentScan scan = null!;
        var tails = TailStarts(segments);
        var reused = GC.AllocateUninitializedArray<byte>(SegmentReader.WindowBytesOf(_options.SegmentBytes));
        for (var i = 0; i < segments.Count; i++)
        {
            var chain = i > 0 ? scan.Chain : (segments[i].Sequence == 1 ? 0u : null);
            if (i > 0 && segments[i].Sequence != segments[i - 1].Sequence + 1)
            {
                LoseSegmentsBefore(segments[i].Sequence);
                chain = null;
            }

            _use.Begin(segments[i].Sequence);
            scan = new SegmentScan(_disk, segments[i], _replay, _report, tails[i], reused);
            scan.Run(chain);
            _report.Segments++;
            _report.Bytes += scan.Position;
        }

        if (_isLastLost)
        {
            isSpareReady = false;
            _replay.LoseEverything();
        }

        var isOpen = _replay.Finish();
        if (_replay.MissesEntries)
        {
            // Freed segments leave nothing behind that is needed: this one was not freed.
            _report.DamageFound.Insert(0, Missing(segments[0].Sequence - 1));
        }

        CheckCommits(scan);
        return Finish(scan, isSpareReady, isOpen);
    }

    // From which offset in each segment on entries are kept in memory: those of the last bytes, as many as
    // the tail has room for, and no more than who starts is asked for soon: to keep them costs more than to
    // read them. All before is read through one array. How much the last one holds is not known.
    private long[] TailStarts(List<SegmentInUse> segments)
    {
        var starts = new long[segments.Count];
        var room = Math.Min(_options.TailBytesMax, KeptBytesMax);
        for (var i = segments.Count - 2; i >= 0; i--)
        {
            // Never from a segment on and then not from a later one: the tail has no holes.
            var end = segments[i].Successor?.PredecessorEnd ?? _options.SegmentBytes;
            starts[i] = room > 0 ? Math.Max(0, end - room) : long.MaxValue;
            room = Math.Max(0, room - end);
        }

        return starts;
    }

    private List<SegmentInUse> FindSegments(out bool isSpareReady)
    {
        isSpareReady = false;
        var sequences = new List<ulong>();
        foreach (var name in _disk.List())
        {
            if (LogFormat.TryParseSegmentName(name, out var sequence))
            {
                sequences.Add(sequence);
            }
            else if (LogFormat.IsFreeName(name))
            {
                (_disk.GetLength(name) == _options.SegmentBytes ? _free : _unfinished).Add(name);
            }
        }

        sequences.Sort();
        var segments = new List<SegmentInUse>();
        for (var i = 0; i < sequences.Count; i++)
        {
            var name = LogFormat.SegmentName(sequences[i]);
            var isLast = i + 1 == sequences.Count;
            var start = new FileWindow(_disk, name, HeadBytes);
            if (!HeadReader.TryRead(start, sequences[i], out var head) && isLast)
            {
                var whole = new FileWindow(_disk, name, 64 << 10);
                var verdict = HeadReader.Judge(whole, sequences[i], _options.SegmentBytes);
                isSpareReady = verdict == HeadlessSegment.Spare;
                if (verdict != HeadlessSegment.InUse)
                {
                    CheckPredecessor(sequences, i);
                    continue;
                }
            }

            segments.Add(new SegmentInUse(sequences[i], head));
        }

        _report.FreeFiles = _free.Count;
        Link(segments);
        return segments;
    }

    // A segment that is prepared ahead follows the one in use.
    private void CheckPredecessor(List<ulong> sequences, int spare)
    {
        if (spare > 0 && sequences[spare - 1] + 1 != sequences[spare])
        {
            _isLastLost = true;
            ReportMissing(sequences[spare] - 1);
        }
    }

    private void Link(List<SegmentInUse> segments)
    {
        for (var i = segments.Count - 1; i >= 0; i--)
        {
            var next = i + 1 < segments.Count ? segments[i + 1] : null;
            var follower = next is not null && next.Sequence == segments[i].Sequence + 1 ? next.Head : null;
            if (segments[i].Head is { } head)
            {
                _replay.Announce(head);
                CheckOwner(head);
                CheckFollows(head, follower);
            }

            segments[i] = segments[i] with
            {
                Successor = follower,
                IsFirst = i == 0 && segments[i].Sequence > 1,
                IsLast = next is null,
            };
        }
    }

    private void LoseSegmentsBefore(ulong sequence)
    {
        ReportMissing(sequence - 1);
        _replay.LoseEverything();
    }

    private void ReportMissing(ulong sequence) => _report.DamageFound.Add(Missing(sequence));

    private static FoundDamage Missing(ulong sequence) => new(
        LogFormat.SegmentName(sequence), 0, 0, "the file is missing while a later one is there");

    private void CheckOwner(SegmentHead head)
    {
        var file = LogFormat.SegmentName(head.Sequence);
        if (head.Cluster != _identity.Cluster || head.Node != _identity.Node)
        {
            throw new ForeignDirectoryException(
                $"{file} belongs to member {head.Node} of cluster {head.Cluster}, but this is member "
                    + $"{_identity.Node} of "
                + $"cluster {_identity.Cluster}. Point the node to its own directory, or to an empty one.");
        }

        if (head.Incarnation != _identity.Incarnation)
        {
            throw new ForeignDirectoryException(
                $"{file} was written under incarnation {head.Incarnation}, but the directory is of "
                    + $"incarnation "
                + $"{_identity.Incarnation}: files of two directories were mixed. "
                + $"{LogDamagedException.Remedy}");
        }
    }

    // Not damage but files of two times: which of them is right nobody here can know.
    private static void CheckFollows(SegmentHead head, SegmentHead? follower)
    {
        if (follower is not null && follower.PredecessorUseId != head.UseId)
        {
            throw new LogDamagedException(
                LogFormat.SegmentName(follower.Sequence), 0,
                "it does not follow the segment before it: one of them is from another time");
        }
    }

    private void CheckCommits(SegmentScan scan)
    {
        foreach (var group in _groups.All)
        {
            if (group.NotedCommit > group.Last.Index && !group.IsVoteLost)
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
            UseId = _random.NextUInt64(),
            Cluster = _identity.Cluster,
            Node = _identity.Node,
            Incarnation = _identity.Incarnation,
            SegmentBytes = _options.SegmentBytes,
            PredecessorUseId = 0,
            PredecessorEnd = 0,
            PredecessorChain = 0,
            Groups = [],
        };
        var active = ActiveSegment.Begin(head);
        PrepareNow(head.Sequence);
        WriteHead(head);
        NodeDirectory.MarkLogCreated(_disk);
        _use.Begin(head.Sequence);
        return new OpenedLog(active, false, false, false, _report)
        {
            Free = _free, Unfinished = _unfinished,
        };
    }

    private OpenedLog Finish(SegmentScan scan, bool isSpareReady, bool isOpen)
    {
        if (!scan.Unproven.Bytes.IsEmpty)
        {
            // After a failed sync the kernel may hold the pages as clean, and a sync now would prove nothing:
            // written again, the same bytes are dirty again.
            _disk.Write(scan.File, scan.Unproven.Offset, [scan.Unproven.Bytes]);
        }

        _disk.Sync(scan.File);
        _disk.SyncDirectory();
        NodeDirectory.MarkLogCreated(_disk);
        var active = scan.ToActive();
        if (scan.IsTorn)
        {
            _report.TornFile = scan.File;
            _report.TornOffsetBytes = scan.Position;
            _report.TornBytes = scan.ContentEnd - scan.Position;
            _report.IsHardStateRescued = scan.RescueHardStates();
        }

        var isSealed = _replay.IsSealed && !scan.IsTorn;
        if (isOpen || scan.IsClosed || _report.IsHardStateRescued)
        {
            // What was found or decided is kept in the head of the next segment before the only copy is
            // overwritten, or before the log goes on and hides it.
            active = BeginNext(active, isSpareReady);
            isSpareReady = isSealed = false;
        }

        if (scan.IsTorn)
        {
            Zero(scan.File, scan.Position, scan.ContentEnd);
        }

        return new OpenedLog(active, isSpareReady, isSealed, _replay.MayMissGroups, _report)
        {
            Free = _free, Unfinished = _unfinished,
        };
    }

    private ActiveSegment BeginNext(ActiveSegment active, bool isSpareReady)
    {
        if (!isSpareReady)
        {
            PrepareNow(active.Head.Sequence + 1);
        }

        var head = active.Follow(
            _identity, _options.SegmentBytes, _random.NextUInt64(), _groups.Heads(), _replay.MayMissGroups);
        WriteHead(head);
        _use.Begin(head.Sequence);
        return ActiveSegment.Begin(head);
    }

    private void WriteHead(SegmentHead head)
    {
        var name = LogFormat.SegmentName(head.Sequence);
        _disk.Write(name, 0, [head.Encode()]);
        _disk.Sync(name);
    }

    private void PrepareNow(ulong sequence)
    {
        var name = LogFormat.FreeName(sequence);
        if (_free.Count > 0)
        {
            name = _free[^1];
            _free.RemoveAt(_free.Count - 1);
        }

        _unfinished.Remove(name); // it is finished now, and has another name
        var file = new SpareFile(name, LogFormat.SegmentName(sequence), _options.SegmentBytes);
        for (long offset = 0; offset < _options.SegmentBytes; offset += _options.PreparationBytes)
        {
            var bytes = (int)Math.Min(_options.PreparationBytes, _options.SegmentBytes - offset);
            file.Prepare(_disk, offset, bytes);
        }
    }

    private void Zero(string name, long from, long to)
    {
        while (from < to)
        {
            var bytes = (int)Math.Min(_options.PreparationBytes, to - from);
            _disk.Write(name, from, [new byte[bytes]]);
            from += bytes;
        }

        _disk.Sync(name);
    }
}
