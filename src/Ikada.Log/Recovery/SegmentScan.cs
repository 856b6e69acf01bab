using Ikada.Log.Format;
using Ikada.Log.Writing;
using Ikada.Primitives;

namespace Ikada.Log.Recovery;

/// <summary>
/// Reads one segment from its head on and applies its records to the groups. Where it stops, it decides what
/// stopped it (DESIGN.md §7): the end, a torn write, or damage. A write can only be torn by whole sectors,
/// and a segment holds zeros before it is written: so what is neither whole nor lacking a sector was changed
/// after it was written.
/// </summary>
internal sealed class SegmentScan(
    IDisk disk, SegmentHead head, SegmentHead? successor, GroupTable groups, RecoveryReport report)
{
    private const int WindowBytes = 1 << 20;
    private const int GroupsNamedMax = 8;
    private readonly FileWindow _file = new(disk, LogFormat.SegmentName(head.Sequence), WindowBytes);
    private uint _chain;
    private GroupLog? _group;

    public string File => _file.Name;

    /// <summary>The end of what is valid.</summary>
    public long Position { get; private set; }

    /// <summary>The end of what is not zero; beyond <see cref="Position"/> if the last write was
    /// torn.</summary>
    public long ContentEnd { get; private set; }

    public bool IsSealed { get; private set; }

    /// <summary>The last piece that no later one proves to be synced: the last batch, or the head if there is
    /// none.</summary>
    public (long Offset, ReadOnlyMemory<byte> Bytes) Unproven { get; private set; }

    public ActiveSegment ToActive() => new()
    {
        Head = head,
        Name = File,
        Position = Position,
        Chain = _chain,
    };

    public void Run(bool isFirst)
    {
        new HeadReplay(File, groups).Apply(head, isFirst);
        Position = head.FirstBatchOffset;
        _chain = head.Seed();
        Unproven = (0, _file.Get(0, head.FirstBatchOffset));
        var end = successor?.PredecessorEnd ?? _file.Length;
        string? fault = null;
        while (Position < end && (fault = TryApplyBatch()) is null)
        {
        }

        if (successor is null)
        {
            JudgeTail(fault);
        }
        else if (Position != end || _chain != successor.PredecessorChain)
        {
            throw Damage(
                fault ?? "the chain differs from what the next segment says",
                $"the head of the next segment tells that all up to offset {end} was synced");
        }
        else
        {
            ContentEnd = Position;
        }
    }

    /// <summary>Takes hard states from beyond the cut: from the batch header and from records recognized by
    /// themselves. Whether any was newer.</summary>
    public bool RescueHardStates()
    {
        var isRescued = false;
        var bytes = _file.Get(Position, (int)(ContentEnd - Position));
        if (TryReadHeader(out var header) && bytes.Length >= header.RecordsOffset
            && header.HasTable(bytes.Span))
        {
            for (var i = 0; i < header.Groups; i++)
            {
                var group = BatchGroup.Decode(
                    bytes.Span[(BatchHeader.FixedBytes + (i * BatchHeader.GroupBytes))..]);
                isRescued |= Rescue(group.Group, group.HardState);
            }
        }

        for (var at = 0; at + RecordHeader.Bytes <= bytes.Length; at += 8)
        {
            if (RecordHeader.TryReadHardState(
                bytes.Span[at..], head.Sequence, head.UseId, Position + at, out var id, out var state))
            {
                isRescued |= Rescue(id, state);
            }
        }

        return isRescued;
    }

    private bool Rescue(GroupId id, HardState state) =>
        state.Term.Value > 0 && groups.GetOrAdd(id).RecoverHardState(state, withCommit: false);

    private bool TryReadHeader(out BatchHeader header) =>
        TryReadHeaderAt(Position, out header);

    private bool TryReadHeaderAt(long at, out BatchHeader header) =>
        BatchHeader.TryRead(_file.Get(at, BatchHeader.FixedBytes).Span, out header)
        && header.Sequence == head.Sequence && header.UseId == head.UseId && header.Offset == at;

    private string? TryApplyBatch()
    {
        if (!TryReadHeader(out var header))
        {
            return "there is no batch";
        }

        var bytes = _file.Get(Position, header.BatchBytes);
        if (BatchReader.Verify(bytes.Span, header, _chain, out var chain) is { } fault)
        {
            return fault;
        }

        Apply(bytes, header);
        report.Batches++;
        _chain = chain;
        Unproven = (Position, bytes);
        Position += header.BatchBytes;
        return null;
    }

    private void Apply(ReadOnlyMemory<byte> bytes, in BatchHeader header)
    {
        IsSealed = false;
        var at = header.RecordsOffset;
        for (var i = 0; i < header.Records; i++)
        {
            var record = RecordHeader.Decode(bytes.Span[at..], out _);
            var body = bytes.Slice(at + RecordHeader.Bytes, record.BodyBytes);
            Apply(record, body, Position + at);
            at += record.TotalBytes;
        }

        for (var i = 0; i < header.Groups; i++)
        {
            var found = BatchGroup.Decode(
                bytes.Span[(BatchHeader.FixedBytes + (i * BatchHeader.GroupBytes))..]);
            var group = groups.GetOrAdd(found.Group);
            group.RecoverHardState(found.HardState, withCommit: true);
            if (group.Last != found.Last)
            {
                throw Contradiction(
                    $"group {found.Group.Value} ends at {group.Last}, but the batch header says "
                        + $"{found.Last}");
            }
        }
    }

    private void Apply(in RecordHeader record, ReadOnlyMemory<byte> body, long offset)
    {
        switch (record.Kind)
        {
            case RecordKind.Entry:
                ApplyEntry(record, body, offset);
                break;
            case RecordKind.RewrittenForward:
                ApplyRewritten(record, offset);
                break;
            case RecordKind.HardState:
                groups.GetOrAdd(record.Group).RecoverHardState(
                    new HardState(record.Term, RecordHeader.VoteOf(body.Span), record.Index),
                        withCommit: true);
                break;
            case RecordKind.Truncation:
                ApplyTruncation(record);
                break;
            case RecordKind.Base:
                new HeadReplay(File, groups).ApplyBase(
                    record.Group, new LogPosition(record.Index, record.Term), body);
                break;
            case RecordKind.Seal:
                IsSealed = true;
                break;
            case RecordKind.Padding:
                break;
            default:
                throw Contradiction($"a record at {offset} is of the unknown kind {(byte)record.Kind}");
        }
    }

    private void ApplyEntry(in RecordHeader record, ReadOnlyMemory<byte> body, long offset)
    {
        var group = Based(record.Group);
        if (record.Index != group.Last.Index.Next || record.Term < group.Last.Term)
        {
            throw Contradiction(
                $"entry {record.Term.Value}/{record.Index.Value} of group {record.Group.Value} follows "
                    + $"{group.Last}");
        }

        var entry = new LogEntry(
            record.Index, record.Term, record.EntryKind, record.EntryVersion, record.Checksum, body);
        group.Recover(entry, ActiveSegment.Locate(head.Sequence, offset));
        report.Entries++;
    }

    private void ApplyRewritten(in RecordHeader record, long offset)
    {
        var group = Based(record.Group);
        // An entry that was truncated or compacted since may still be rewritten: it changes nothing.
        if (record.Index > group.Base.Index && group.TryGetTerm(record.Index, out var term)
            && term == record.Term)
        {
            group.Relocate(record.Index, ActiveSegment.Locate(head.Sequence, offset));
        }
    }

    private void ApplyTruncation(in RecordHeader record)
    {
        var group = Based(record.Group);
        if (record.Index <= group.Base.Index || record.Index > group.Last.Index)
        {
            throw Contradiction(
                $"group {record.Group.Value} is truncated from {record.Index.Value}, but holds {group.Base} "
                    + $"to {group.Last}");
        }

        group.RecoverTruncation(record.Index);
    }

    private GroupLog Based(GroupId id)
    {
        if (_group?.Group != id && (!groups.TryGet(id, out _group) || !_group!.HasBase))
        {
            _group = null;
            throw Contradiction($"group {id.Value} has records but no base");
        }

        return _group!;
    }

    private void JudgeTail(string? fault)
    {
        ContentEnd = Math.Max(Position, _file.EndOfContent(Position));
        if (ContentEnd == Position)
        {
            return;
        }

        for (var at = Position + LogFormat.SectorBytes; at < ContentEnd; at += LogFormat.SectorBytes)
        {
            if (TryReadHeaderAt(at, out var later) && later.SyncedUpTo > Position)
            {
                throw Damage(
                    fault!, $"the batch at offset {at} tells that all up to offset {later.SyncedUpTo} was "
                        + $"synced");
            }
        }

        if (!LacksASector())
        {
            throw Damage(
                fault!, "no sector of it is missing, as after a torn write: it was changed after it was "
                    + "written, and "
                + "may have been acknowledged");
        }
    }

    private bool LacksASector()
    {
        if (LogFormat.IsZero(_file.Get(Position, LogFormat.SectorBytes).Span))
        {
            return true;
        }

        if (!TryReadHeader(out var header) || header.Chain != _chain)
        {
            return false; // the header is in the first sector whole
        }

        var end = Math.Min(_file.Length, Position + header.BatchBytes);
        for (var at = Position + LogFormat.SectorBytes; at < end; at += LogFormat.SectorBytes)
        {
            if (LogFormat.IsZero(_file.Get(at, LogFormat.SectorBytes).Span))
            {
                return true;
            }
        }

        return false;
    }

    private LogDamagedException Contradiction(string what) =>
        Damage(what, "the batch itself is as it was written");

    /// <summary>Says what is damaged, what proves it, and which indexes are before it and in it.</summary>
    private LogDamagedException Damage(string what, string evidence)
    {
        var culture = System.Globalization.CultureInfo.InvariantCulture;
        var text = new System.Text.StringBuilder(what);
        text.Append("; ").Append(evidence).Append(". Readable before it: ");
        var named = 0;
        foreach (var group in groups.All)
        {
            if (named++ == GroupsNamedMax)
            {
                text.Append("further groups, ");
                break;
            }

            text.Append(culture, $"group {group.Group.Value} up to index {group.Last.Index.Value}, ");
        }

        var bytes = _file.Get(Position, TryReadHeader(out var header) ? header.RecordsOffset : 0).Span;
        if (bytes.Length > 0 && header.HasTable(bytes))
        {
            for (var i = 0; i < Math.Min(header.Groups, GroupsNamedMax); i++)
            {
                var group = BatchGroup.Decode(
                    bytes[(BatchHeader.FixedBytes + (i * BatchHeader.GroupBytes))..]);
                var last = group.Last.Index.Value;
                text.Append(culture, $"the damaged batch took group {group.Group.Value} to index {last}, ");
            }
        }

        return new LogDamagedException(File, Position, text.ToString().TrimEnd(' ', ',', ':'));
    }
}
