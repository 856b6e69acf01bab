using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>What is kept of the entries found at open until their owner has seen them: 8 bytes
/// each.</summary>
internal sealed class RecoveredEntries
{
    private readonly List<(int SizeBytes, EntryKind Kind)> _entries = [];
    private readonly List<(int Position, ReadOnlyMemory<byte> Body)> _memberships = [];

    public ReadOnlyMemory<byte> NewestMembership => _memberships.Count > 0 ? _memberships[^1].Body : default;

    public void Add(in LogEntry entry)
    {
        if (entry.Kind == EntryKind.Membership)
        {
            _memberships.Add((_entries.Count, entry.Body.ToArray()));
        }

        _entries.Add((entry.Body.Length, entry.Kind));
    }

    /// <summary>A damaged entry can be read again.</summary>
    public void Replace(int position, in LogEntry entry)
    {
        _entries[position] = (entry.Body.Length, entry.Kind);
        if (entry.Kind == EntryKind.Membership)
        {
            var at = 0;
            while (at < _memberships.Count && _memberships[at].Position < position)
            {
                at++;
            }

            _memberships.Insert(at, (position, entry.Body.ToArray()));
        }
    }

    public void AddDamaged() => _entries.Add((0, EntryKind.Command));

    public void Truncate(int count)
    {
        _entries.RemoveRange(count, _entries.Count - count);
        while (_memberships.Count > 0 && _memberships[^1].Position >= count)
        {
            _memberships.RemoveAt(_memberships.Count - 1);
        }
    }

    /// <summary>Forgets the first ones.</summary>
    public void RemoveFirst(int count)
    {
        _entries.RemoveRange(0, count);
        var gone = 0;
        while (gone < _memberships.Count && _memberships[gone].Position < count)
        {
            gone++;
        }

        _memberships.RemoveRange(0, gone);
        for (var i = 0; i < _memberships.Count; i++)
        {
            _memberships[i] = _memberships[i] with { Position = _memberships[i].Position - count };
        }
    }

    public void Clear()
    {
        _entries.Clear();
        _memberships.Clear();
    }

    public void Visit(LogIndex start, TermRuns terms, DamageRanges damage, Action<RecoveredEntry> visit)
    {
        var membership = 0;
        var range = 0;
        for (var i = 0; i < _entries.Count; i++)
        {
            var index = start + (ulong)(i + 1);
            if (range < damage.All.Count && damage.All[range].First == index)
            {
                var run = damage.All[range++];
                i += (int)(run.Last.Value - run.First.Value);
                visit(new RecoveredEntry(index, run.Term, EntryKind.Command, 0, default)
                {
                    IsDamaged = true, Last = run.Last,
                });
                continue;
            }

            var body = membership < _memberships.Count && _memberships[membership].Position == i
                ? _memberships[membership++].Body
                : default;
            visit(new RecoveredEntry(
                index, terms.TermAt(index), _entries[i].Kind, _entries[i].SizeBytes, body));
        }
    }
}
