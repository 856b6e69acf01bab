using Ikada.Log.Format;
using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>A record that waits for the next batch.</summary>
/// <param name="Kind">What it is; <see cref="RecordKind.None"/> once it was taken back.</param>
/// <param name="Group">Whose; null for a seal.</param>
/// <param name="Entry">The entry; of other kinds, index, term and body.</param>
/// <param name="Vote">Of a hard state.</param>
/// <param name="Generation">Of an entry; of a truncation, the term of the entry before it.</param>
internal readonly record struct PendingRecord(
    RecordKind Kind, GroupLog? Group, LogEntry Entry, NodeId Vote, ulong Generation)
{
    /// <summary>Its bytes in the stream. A hard state stands apart, at the end of the batch.</summary>
    public int StreamBytes => Kind switch
    {
        RecordKind.None or RecordKind.HardState => 0,
        _ => RecordHeader.Bytes + LogFormat.AlignRecord(Entry.Body.Length),
    };
}

/// <summary>What waits for the next batch, in order.</summary>
internal sealed class PendingQueue
{
    private readonly List<PendingRecord> _records = [];
    private readonly List<PendingRecord> _passing = [];
    private readonly List<PendingRecord> _staying = [];

    // The groups with commands that wait, and the first of their entries that does.
    private readonly Dictionary<GroupLog, LogIndex> _waiting = [];
    private int _head;

    public int Count => _records.Count - _head;

    /// <summary>How many were ever queued.</summary>
    public ulong Queued { get; private set; }

    /// <summary>How many of them went into batches.</summary>
    public ulong Taken => Queued - (ulong)Count;

    public PendingRecord this[int position] => _records[_head + position];

    public void Add(in PendingRecord record)
    {
        _records.Add(record);
        Queued++;
    }

    /// <summary>Takes back what a truncation makes void before the disk saw it: entries from that index on,
    /// and a truncation from further up. So at most one truncation of a group waits, and its entries come
    /// after it.</summary>
    public void TakeBack(GroupLog group, LogIndex first)
    {
        for (var i = _records.Count - 1; i >= _head; i--)
        {
            var record = _records[i];
            if (record.Group == group
                && ((RecordHeader.IsEntry(record.Kind) && record.Entry.Index >= first)
                    || (record.Kind == RecordKind.Truncation && record.Entry.Index > first)))
            {
                _records[i] = default;
            }
        }
    }

    /// <summary>Takes back all of a group that a new beginning of its log makes void: what is left are its
    /// hard states and its certainty.</summary>
    public void TakeBackAll(GroupLog group)
    {
        for (var i = _records.Count - 1; i >= _head; i--)
        {
            var record = _records[i];
            if (record.Group == group && record.Kind is not (RecordKind.HardState or RecordKind.Sure))
            {
                _records[i] = default;
            }
        }
    }

    /// <summary>Brings to the front, in their order, what must not wait for the room that commands wait for:
    /// hard states, which stand alone, of each group all up to its first command, and a compaction to before
    /// that. Returns how many they are.</summary>
    /// <param name="onlyEntriesStay">Whether what is left behind them is entries: none of it tells that
    /// something is gone.</param>
    public int BringForward(out bool onlyEntriesStay)
    {
        onlyEntriesStay = true;
        for (var i = _head; i < _records.Count; i++)
        {
            var record = _records[i];
            if (MayPass(record))
            {
                _passing.Add(record);
                continue;
            }

            // Where a copy of an entry stands in the stream is of no account.
            var index = record.Kind == RecordKind.Entry ? record.Entry.Index : new LogIndex(ulong.MaxValue);
            _waiting.TryAdd(record.Group!, index);
            _waiting[record.Group!] = LogIndex.Min(_waiting[record.Group!], index);
            _staying.Add(record);
            onlyEntriesStay &= RecordHeader.IsEntry(record.Kind);
        }

        _records.RemoveRange(_head, _records.Count - _head);
        _records.AddRange(_passing);
        _records.AddRange(_staying);
        var count = _passing.Count;
        _passing.Clear();
        _staying.Clear();
        _waiting.Clear();
        return count;
    }

    public void RemoveFirst(int count)
    {
        _head += count;
        if (_head == _records.Count)
        {
            _records.Clear();
            _head = 0;
        }
        else if (_head > 1024 && _head > _records.Count / 2)
        {
            _records.RemoveRange(0, _head);
            _head = 0;
        }
    }

    private bool MayPass(in PendingRecord record) => record.Kind == RecordKind.HardState
        || (record.Group is { } group && _waiting.TryGetValue(group, out var first)
            ? record.Kind == RecordKind.Compaction && record.Entry.Index < first
            : !IsCommand(record));

    private static bool IsCommand(in PendingRecord record) =>
        RecordHeader.IsEntry(record.Kind) && record.Entry.Kind == EntryKind.Command;
}
