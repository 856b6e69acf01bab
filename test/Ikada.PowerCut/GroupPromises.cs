using System.Buffers;
using Ikada.Log;
using Ikada.Log.Snapshots;
using Ikada.Primitives;

namespace Ikada.PowerCut;

/// <summary>What the writer promised of one group, held against what is there after a cut.</summary>
internal sealed class GroupPromises(GroupId group)
{
    private readonly SortedDictionary<ulong, ulong> _acknowledged = [];
    private readonly List<string> _broken = [];
    private HardState _state;
    private LogIndex _base;
    private LogIndex _snapshot;

    public GroupId Group => group;

    /// <summary>What was promised and is not there, in words.</summary>
    public IReadOnlyList<string> Broken => _broken;

    /// <summary>Takes a line of the writer.</summary>
    public void Said(char what, ulong first, ulong second, Counts counts)
    {
        switch (what)
        {
            case 'A':
                _acknowledged[first] = second;
                counts.Acknowledged++;
                break;
            case 'T':
                foreach (var index in _acknowledged.Keys.Where(index => index >= first).ToArray())
                {
                    _acknowledged.Remove(index);
                }

                break;
            case 'V':
                _state = new HardState(new Term(first), new NodeId(second), default);
                counts.Votes++;
                break;
            case 'B':
                _base = new LogIndex(first);
                counts.Bases++;
                break;
            case 'S':
                _snapshot = new LogIndex(first);
                counts.Snapshots++;
                break;
            default:
                throw new InvalidOperationException($"the writer said '{what}'");
        }
    }

    /// <summary>Holds it against a log and shelf that were opened after the cut. Afterwards what was found
    /// is what must be there next time.</summary>
    public void Check(GroupLog log, SnapshotShelf shelf, LogEntry[] entries, IDisk disk, Counts counts)
    {
        Expect(log.Damage.Count == 0 && !log.IsUnsure && !log.LostHardState, "a cut is no damage");
        Expect(shelf.Report.Damage.Count == 0, "a cut damages no snapshot");
        counts.PartsDeleted += shelf.Report.PartsDeleted;
        CheckVote(log.RecoveredHardState, counts);
        CheckSnapshot(log, shelf, disk, counts);
        CheckEntries(log, entries, counts);
        _acknowledged.Clear();
        foreach (var entry in entries)
        {
            _acknowledged[entry.Index.Value] = entry.Term.Value;
        }
    }

    private void CheckVote(HardState found, Counts counts)
    {
        var isKept = found.Term > _state.Term || (found.Term == _state.Term && found.Vote == _state.Vote);
        counts.VotesForgotten += isKept ? 0 : 1;
        Expect(isKept, $"vote {_state} became {found}");
        _state = found;
    }

    private void CheckSnapshot(GroupLog log, SnapshotShelf shelf, IDisk disk, Counts counts)
    {
        var newest = shelf.Newest?.Position.Index ?? default;
        counts.SnapshotsLost += newest < _snapshot ? 1 : 0;
        Expect(newest >= _snapshot, $"the snapshot at {_snapshot} became one at {newest}");
        Expect(log.Base.Index >= _base, $"the base {_base} went back to {log.Base}");
        Expect(newest >= log.Base.Index, $"no snapshot covers what lies below the base {log.Base}");
        if (shelf.Newest is { } there)
        {
            var load = new LoadSnapshot(there);
            load.Execute(disk);
            Expect(
                load.Content is { } content
                    && content.ToArray().AsSpan().SequenceEqual(
                        Written.Snapshot(group, there.Position)),
                $"the snapshot at {there.Position} holds something else: {load.Damage}");
        }

        (_base, _snapshot) = (log.Base.Index, newest);
    }

    private void CheckEntries(GroupLog log, LogEntry[] entries, Counts counts)
    {
        var found = new Dictionary<ulong, ulong>();
        foreach (var entry in entries)
        {
            found[entry.Index.Value] = entry.Term.Value;
            var written = Written.Entry(group, entry.Index.Value, entry.Term.Value);
            Expect(
                entry.Checksum == written.Checksum && entry.Body.Span.SequenceEqual(written.Body.Span),
                $"entry {entry.Position} is not what was written");
            counts.Unacknowledged += _acknowledged.ContainsKey(entry.Index.Value) ? 0 : 1;
        }

        foreach (var (index, term) in _acknowledged)
        {
            var isCovered = index <= log.Base.Index.Value;
            var isFound = !isCovered && found.TryGetValue(index, out var there) && there == term;
            counts.Covered += isCovered ? 1 : 0;
            counts.Found += isFound ? 1 : 0;
            counts.Lost += isFound || isCovered ? 0 : 1;
            Expect(isFound || isCovered, $"acknowledged entry {term}/{index} is lost");
        }
    }

    private void Expect(bool holds, string otherwise)
    {
        if (!holds)
        {
            _broken.Add($"group {group.Value}: {otherwise}");
        }
    }
}
