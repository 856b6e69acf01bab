using Ikada.Log.Format;
using Ikada.Log.Writing;
using Ikada.Primitives;

namespace Ikada.Log.Recovery;

/// <summary>Applies heads, batches and what is left of damaged ones to the groups, in the order of the
/// stream.</summary>
internal sealed class LogReplay(GroupTable groups, RecoveryReport report)
{
    private readonly SortedDictionary<GroupId, GroupReplay> _replays = [];
    private readonly Dictionary<GroupId, LogIndex> _newestBases = [];
    private GroupReplay? _latest;
    private bool _missedSinceHead;

    public GroupTable Groups => groups;

    /// <summary>Whether a group may have been here of which nothing is left.</summary>
    public bool MayMissGroups { get; private set; }

    public bool IsSealed { get; private set; }

    /// <summary>Whether the entries that are read now go into the tail in memory: the last ones do.</summary>
    public bool FillsTail { get; set; }

    /// <summary>The segment that is being read.</summary>
    public ulong Sequence { get; set; }

    /// <summary>Whether entries that stood before the first segment there is cannot be read.</summary>
    public bool MissesEntries
    {
        get
        {
            var misses = false;
            foreach (var replay in _replays.Values)
            {
                misses |= replay.MissesEntries;
            }

            return misses;
        }
    }

    /// <summary>Tells what a head further on says. All come before the first is applied.</summary>
    public void Announce(SegmentHead head)
    {
        foreach (var group in head.Groups)
        {
            var known = _newestBases.GetValueOrDefault(group.Group);
            _newestBases[group.Group] = LogIndex.Max(known, group.Base.Index);
        }
    }

    /// <summary>Applies what a head says.</summary>
    public void Apply(SegmentHead head, Place place, bool isFirst)
    {
        foreach (var group in head.Groups)
        {
            Of(group.Group).ApplyHead(group, place, isFirst);
        }

        // A head names all groups there were, unless whoever wrote it could not know them.
        MayMissGroups = head.MayMissGroups;
        _missedSinceHead = false;
        IsSealed = false;
    }

    /// <summary>Applies a whole batch.</summary>
    public void Apply(ReadOnlyMemory<byte> bytes, in BatchHeader header, Place place)
    {
        IsSealed = false;
        var at = header.RecordsOffset;
        for (var i = 0; i < header.Records; i++)
        {
            var record = RecordHeader.Decode(bytes.Span[at..], out _);
            Apply(record, at, isWhole: true, bytes, place);
            at += record.TotalBytes;
        }

        if (!header.HasTable(bytes.Span))
        {
            return;
        }

        for (var i = 0; i < header.Groups; i++)
        {
            Apply(BatchHeader.GroupAt(bytes.Span, i), place);
        }
    }

    /// <summary>Applies what is left of a damaged place.</summary>
    public void Apply(DamagedBatch batch, Place place)
    {
        foreach (var record in batch.Before)
        {
            Apply(record.Header, record.Offset, record.IsWhole, batch.Bytes, place);
        }

        if (!batch.IsComplete)
        {
            LosePositions(batch);
        }

        if (!batch.AreHardStatesKnown)
        {
            LoseHardStates();
        }

        foreach (var record in batch.After)
        {
            var header = record.Header;
            if (!record.IsKindProven)
            {
                header = header with { Kind = Of(header.Group).KindOf(header.Index) };
            }

            Apply(header, record.Offset, record.IsWhole, batch.Bytes, place);
        }

        foreach (var group in batch.Groups ?? [])
        {
            Apply(group, place);
        }

        IsSealed = false;
    }

    /// <summary>A part of the stream is gone without a trace.</summary>
    public void LoseEverything()
    {
        foreach (var replay in _replays.Values)
        {
            replay.LosePosition(canBeTruncated: true);
        }

        LoseHardStates();
        MissGroups();
    }

    /// <summary>A head is gone, but what stands before and behind it is there.</summary>
    public void LoseHead()
    {
        foreach (var replay in _replays.Values)
        {
            replay.LoseHead();
        }
    }

    /// <summary>Takes a hard state that was found apart from what is believed. Whether it was
    /// newer.</summary>
    public bool Rescue(GroupId id, HardState state) =>
        state.Term.Value > 0 && Of(id).Log.RecoverHardState(state, withCommit: false);

    /// <summary>Says of each group what stays open. Whether anything does that the next start must be told,
    /// since it cannot find it out any more once the log goes on.</summary>
    public bool Finish()
    {
        var isOpen = _missedSinceHead;
        foreach (var replay in _replays.Values)
        {
            isOpen |= replay.Finish();
        }

        return isOpen;
    }

    private void LosePositions(DamagedBatch batch)
    {
        if (batch.Groups is not { } concerned)
        {
            foreach (var replay in _replays.Values)
            {
                replay.LosePosition(!HasEntry(batch.Before, replay.Log.Group));
            }

            MissGroups();
            return;
        }

        foreach (var group in concerned)
        {
            Of(group.Group).LosePosition(!HasEntry(batch.Before, group.Group));
        }
    }

    // A truncation stands before all entries of its group in a batch: behind an entry there is none.
    private static bool HasEntry(List<BatchRecord> records, GroupId group)
    {
        foreach (var record in records)
        {
            if (record.Header.Kind == RecordKind.Entry && record.Header.Group == group)
            {
                return true;
            }
        }

        return false;
    }

    private void MissGroups() => MayMissGroups = _missedSinceHead = true;

    private void LoseHardStates()
    {
        foreach (var replay in _replays.Values)
        {
            replay.LoseHardState();
        }
    }

    private void Apply(BatchGroup group, Place place)
    {
        var replay = Of(group.Group);
        replay.Found(group.HardState, withCommit: true);
        replay.ApplyLast(group.Last, place);
    }

    private void Apply(
        in RecordHeader record, int at, bool isWhole, ReadOnlyMemory<byte> batch, Place place)
    {
        var body = batch.Slice(at + RecordHeader.Bytes, record.BodyBytes);
        switch (record.Kind)
        {
            case RecordKind.Entry:
            case RecordKind.RewrittenForward:
                ApplyEntry(record, isWhole, body, place with { OffsetBytes = place.OffsetBytes + at });
                break;
            case RecordKind.HardState when isWhole:
                if (body.Length < RecordHeader.HardStateBodyBytes)
                {
                    throw place.Contradiction($"a hard state at {at} has {body.Length} bytes");
                }

                Of(record.Group).Found(
                    new HardState(record.Term, RecordHeader.VoteOf(body.Span), record.Index),
                    withCommit: true);
                break;
            case RecordKind.HardState:
                Of(record.Group).LoseHardState();
                break;
            case RecordKind.Truncation:
                Of(record.Group).ApplyTruncation(record.Index, place);
                break;
            case RecordKind.Base when isWhole:
                Of(record.Group).ApplyBase(new LogPosition(record.Index, record.Term), body);
                break;
            case RecordKind.Base:
                Of(record.Group).ApplyBase(new LogPosition(record.Index, record.Term));
                break;
            case RecordKind.Compaction when isWhole:
                Of(record.Group).ApplyCompaction(new LogPosition(record.Index, record.Term), body, place);
                break;
            case RecordKind.Compaction:
                break; // without its membership it tells nothing
            case RecordKind.Sure:
                Of(record.Group).ApplySure();
                break;
            case RecordKind.Seal:
                IsSealed = true;
                break;
            case RecordKind.Padding:
            case RecordKind.None:
                break;
            default:
                throw place.Contradiction($"a record at {at} is of the unknown kind {(byte)record.Kind}");
        }
    }

    private void ApplyEntry(in RecordHeader record, bool isWhole, ReadOnlyMemory<byte> body, Place place)
    {
        var location = ActiveSegment.Locate(Sequence, place.OffsetBytes);
        var entry = new LogEntry(
            record.Index, record.Term, record.EntryKind, record.EntryVersion, record.Checksum, body);
        if (record.Kind == RecordKind.Entry)
        {
            Of(record.Group).ApplyEntry(
                entry.Position, isWhole ? entry : null, location, FillsTail, place);
            report.Entries++;
        }
        else if (isWhole)
        {
            Of(record.Group).ApplyRewritten(entry, location);
        }
    }

    private GroupReplay Of(GroupId id)
    {
        if (_latest?.Log.Group == id)
        {
            return _latest;
        }

        if (!_replays.TryGetValue(id, out _latest))
        {
            _latest = new GroupReplay(groups.GetOrAdd(id), _newestBases.GetValueOrDefault(id));
            _replays.Add(id, _latest);
        }

        return _latest;
    }
}
