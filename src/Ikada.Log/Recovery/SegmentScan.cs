using Ikada.Log.Format;
using Ikada.Log.Writing;

namespace Ikada.Log.Recovery;

/// <summary>
/// Reads one segment from its head on. Where a batch is not whole it decides what stopped it (DESIGN.md §7):
/// the end, a torn write, or damage; and goes on behind damage, at the end of the batch if its header is
/// whole,
/// else at the next header of this use of the segment.
/// </summary>
internal sealed class SegmentScan
{
    private readonly SegmentInUse _segment;
    private readonly SegmentReader _reader;
    private readonly LogReplay _replay;
    private readonly RecoveryReport _report;
    private readonly long _end;
    private readonly long _tailFrom;
    private long _syncedUpTo = -1;

    /// <param name="disk">The disk.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="replay">Takes what is found.</param>
    /// <param name="report">Takes what is found damaged.</param>
    /// <param name="tailFrom">From which offset on entries go into the tail in memory.</param>
    /// <param name="reused">An array to read into up to there.</param>
    public SegmentScan(
        IDisk disk, SegmentInUse segment, LogReplay replay, RecoveryReport report, long tailFrom,
            byte[] reused)
    {
        _tailFrom = tailFrom;
        _segment = segment;
        _reader = new SegmentReader(disk, segment, tailFrom > 0 ? reused : null);
        _replay = replay;
        _report = report;
        _end = segment.Successor?.PredecessorEnd ?? segment.Head?.SegmentBytes ?? _reader.File.Length;
    }

    public string File => _reader.File.Name;

    /// <summary>The end of what counts.</summary>
    public long Position { get; private set; }

    /// <summary>The end of what is not zero; beyond <see cref="Position"/> if the last write was torn, or its
    /// header is lost.</summary>
    public long ContentEnd { get; private set; }

    /// <summary>Whether the last write was torn: what is behind <see cref="Position"/> was never
    /// acknowledged.</summary>
    public bool IsTorn { get; private set; }

    /// <summary>Whether it cannot be written on, since the chain at its end is not sure.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>The chain at the end; null if it is lost.</summary>
    public uint? Chain { get; private set; }

    /// <summary>The last piece that no later one proves to be synced: the last batch, or the head if there is
    /// none.</summary>
    public (long Offset, ReadOnlyMemory<byte> Bytes) Unproven { get; private set; }

    public ActiveSegment ToActive() => new()
    {
        Head = _segment.Head ?? new SegmentHead
        {
            // Only what the next head says of its predecessor; this one is not written on.
            Sequence = _segment.Sequence, UseId = _reader.UseId ?? 0, Cluster = default, Node = default,
            Incarnation = default, SegmentBytes = _end, PredecessorUseId = 0, PredecessorEnd = 0,
            PredecessorChain = 0, Groups = [], MayMissGroups = _replay.MayMissGroups,
        },
        Name = File,
        Position = Position,
        Chain = Chain ?? 0,
    };

    /// <summary>Reads all of it.</summary>
    /// <param name="chainBefore">The chain at the end of the segment before; null if it is not known.</param>
    public void Run(uint? chainBefore)
    {
        _replay.Sequence = _segment.Sequence;
        if (_segment.Head is { } head)
        {
            _replay.Apply(head, new Place(File, 0), _segment.IsFirst);
            Position = head.FirstBatchOffset;
            Chain = head.Seed();
            Unproven = (0, _reader.File.Get(0, head.FirstBatchOffset));
        }
        else
        {
            BeginWithoutHead(chainBefore);
        }

        while (Position < _end && Step())
        {
        }

        ContentEnd = Math.Max(ContentEnd, Position);
        if (_reader.File.Length < _end)
        {
            Report(_reader.File.Length, _end, "the file was cut off");
            _replay.LoseEverything();
            IsClosed = true;
        }
    }

    /// <summary>Takes hard states from beyond the cut: from the batch header and from records recognized by
    /// themselves. Whether any was newer.</summary>
    public bool RescueHardStates() => RescueHardStates(Position, _reader.File.Get(
        Position, (int)(ContentEnd - Position)).Span);

    private bool RescueHardStates(long at, ReadOnlySpan<byte> bytes)
    {
        var isRescued = false;
        if (_reader.TryHeader(at, out var header) && bytes.Length >= header.RecordsOffset
            && header.HasTable(bytes))
        {
            for (var i = 0; i < header.Groups; i++)
            {
                var group = BatchHeader.GroupAt(bytes, i);
                isRescued |= _replay.Rescue(group.Group, group.HardState);
            }
        }

        for (var i = 0; i + RecordHeader.Bytes <= bytes.Length; i += 8)
        {
            if (RecordHeader.TryReadHardState(
                bytes[i..], _segment.Sequence, _reader.UseId ?? 0, at + i, out var id, out var state))
            {
                isRescued |= _replay.Rescue(id, state);
            }
        }

        return isRescued;
    }

    // What stands before the first batch is only in the head: nothing is missing between this segment and the
    // one before if the chain fits.
    private void BeginWithoutHead(uint? chainBefore)
    {
        IsClosed = true;
        var first = _reader.FindHeader(0, _end);
        var isWhole = false;
        if (first >= 0 && _reader.TryHeader(first, out var header))
        {
            Chain = header.Chain;
            isWhole = chainBefore is { } before
                && SegmentHead.Seed(_segment.Sequence, header.UseId, before) == header.Chain;
        }

        Report(0, first >= 0 ? first : _end, "the head of the segment cannot be read");
        if (!isWhole)
        {
            _replay.LoseEverything();
        }

        // Where nothing can be read a next segment is begun behind it: what is here stays out of the way.
        Position = first >= 0 ? first : _end;
        if (_segment.Sequence > 1)
        {
            _replay.LoseHead();
        }
    }

    private bool Step()
    {
        _replay.FillsTail = Position >= _tailFrom;
        if (_replay.FillsTail && _reader.File.IsReusing)
        {
            _reader.File.Keep();
        }

        var hasHeader = _reader.TryHeader(Position, out var header)
            && Position + header.BatchBytes <= Math.Min(_end, _reader.File.Length);
        if (!hasHeader)
        {
            return StepOverHole();
        }

        // With the header behind it, so that the look at that one does not move the window.
        var bytes = _reader.File.Get(Position, header.BatchBytes + BatchHeader.FixedBytes);
        bytes = bytes[..header.BatchBytes];
        var next = ChainAt(Position + header.BatchBytes);
        var fault = BatchReader.Verify(bytes.Span, header, out var chain)
            ?? (Chain is { } before && before != header.Chain ? "it does not continue the chain" : null)
            ?? (next is { } expected && expected != chain ? "the next batch does not continue it" : null);
        if (fault is null)
        {
            _replay.Apply(bytes, header, new Place(File, Position));
            _report.Batches++;
            Chain = chain;
            Unproven = (Position, bytes);
            Position += header.BatchBytes;
            return true;
        }

        if (!IsSynced(Position) && IsTornHere())
        {
            return false;
        }

        Apply(
            DamagedBatch.Read(Position, header, Kept(bytes), next, fault), "its header is as it was written");
        return true;
    }

    /// <summary>Goes on at the next header, or at the end that the next segment names.</summary>
    private bool StepOverHole()
    {
        if (!IsSynced(Position))
        {
            ContentEnd = _reader.File.EndOfContent(Position);
            if (ContentEnd > Position && !IsTornHere())
            {
                LoseTail();
            }

            return false;
        }

        var next = _reader.FindHeader(Position + LogFormat.SectorBytes, _end);
        if (next < 0 && _segment.Successor is null)
        {
            // A later segment is in use, but not what it says of this one's end: the chain will tell.
            ContentEnd = _reader.File.EndOfContent(Position);
            if (ContentEnd > Position)
            {
                LoseTail();
                Chain = null;
            }

            return false;
        }

        var end = next < 0 ? _end : next;
        var bytes = Kept(_reader.File.Get(Position, (int)(end - Position)));
        Apply(
            DamagedBatch.ReadHole(Position, bytes, ChainAt(end), "there is no readable batch header"),
            next < 0 ? "the next segment tells that all of it was synced" : $"a batch follows at {next}");
        Position = end;
        return true;
    }

    // Damage is looked at from many sides, and the window moves meanwhile.
    private ReadOnlyMemory<byte> Kept(ReadOnlyMemory<byte> bytes) =>
        _reader.File.IsReusing ? bytes.ToArray() : bytes;

    private void Apply(DamagedBatch batch, string evidence)
    {
        Report(batch.Offset, batch.End, $"{batch.Fault}; {evidence}");
        if (batch.Groups is null)
        {
            RescueHardStates(batch.Offset, batch.Bytes.Span);
        }

        _replay.Apply(batch, new Place(File, batch.Offset));
        Chain = batch.ChainAfter;
        IsClosed |= ChainAt(batch.End) is null;
        Unproven = (batch.Offset, batch.Bytes);
        Position = batch.End;
    }

    // The header of the last write is changed: how much it held is not known, and it may be acknowledged.
    private void LoseTail()
    {
        var bytes = _reader.File.Get(Position, (int)(ContentEnd - Position));
        Report(
            Position, ContentEnd, "the last batch was changed after it was written, and may be acknowledged");
        RescueHardStates(Position, bytes.Span);
        _replay.Apply(
            DamagedBatch.ReadHole(Position, PadToSector(bytes), null, string.Empty),
            new Place(File, Position));
        IsClosed = true;
    }

    private ReadOnlyMemory<byte> PadToSector(ReadOnlyMemory<byte> bytes) =>
        _reader.File.Get(Position, LogFormat.AlignSector(bytes.Length));

    private bool IsTornHere()
    {
        ContentEnd = _reader.File.EndOfContent(Position);
        IsTorn = ContentEnd > Position && _reader.LacksASector(Position, Chain);
        return IsTorn;
    }

    /// <summary>Whether something later proves that the disk held what was written there.</summary>
    private bool IsSynced(long at)
    {
        if (!_segment.IsLast)
        {
            return true;
        }

        if (_syncedUpTo < 0)
        {
            _syncedUpTo = _reader.SyncedUpTo(
                at + LogFormat.SectorBytes, _reader.File.EndOfContent(at));
        }

        return _syncedUpTo > at;
    }

    /// <summary>The chain before what follows, as that itself names it.</summary>
    private uint? ChainAt(long at)
    {
        if (_segment.Successor is { } successor && at == successor.PredecessorEnd)
        {
            return successor.PredecessorChain;
        }

        return _reader.TryHeader(at, out var header) ? header.Chain : null;
    }

    private void Report(long from, long to, string what) =>
        _report.DamageFound.Add(new FoundDamage(File, from, to, what));
}
