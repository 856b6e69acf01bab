using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>What is kept of the entries found at open until their owner has seen them: 8 bytes
/// each.</summary>
internal sealed class RecoveredEntries
{
    private readonly List<(int SizeBytes, EntryKind Kind)> _entries = [];
    private readonly List<(int Position, ReadOnlyMemory<byte> Body)> _memberships = [];

    public void Add(in LogEntry entry)
    {
        if (entry.Kind == EntryKind.Membership)
        {
            _memberships.Add((_entries.Count, entry.Body.ToArray()));
        }

        _entries.Add((entry.Body.Length, entry.Kind));
    }

    public void Truncate(int count)
    {
        _entries.RemoveRange(count, _entries.Count - count);
        while (_memberships.Count > 0 && _memberships[^1].Position >= count)
        {
            _memberships.RemoveAt(_memberships.Count - 1);
        }
    }

    public void Clear()
    {
        _entries.Clear();
        _memberships.Clear();
    }

    public void Visit(LogIndex start, TermRuns terms, Action<RecoveredEntry> visit)
    {
        var membership = 0;
        for (var i = 0; i < _entries.Count; i++)
        {
            var index = start + (ulong)(i + 1);
            var body = membership < _memberships.Count && _memberships[membership].Position == i
                ? _memberships[membership++].Body
                : default;
            visit(new RecoveredEntry(
                index, terms.TermAt(index), _entries[i].Kind, _entries[i].SizeBytes, body));
        }
    }
}
