using Ikada.Primitives;

namespace Ikada.Log.Tests;

/// <summary>What one group of a <see cref="SpaceDamageScript"/> really holds, all of it acknowledged, and
/// what a damaged copy may say of it.</summary>
internal sealed class GroupTruth(GroupId id)
{
    private readonly Dictionary<ulong, LogEntry> _entries = [];
    private readonly HashSet<(ulong Index, uint Checksum)> _ever = [];
    private readonly HashSet<LogPosition> _bases = [default];
    private HardState _state;

    public GroupId Id => id;

    public LogPosition Base { get; private set; }

    public LogPosition Last { get; private set; }

    public void Vote(LogFixture log, ulong term)
    {
        _state = new HardState(new Term(term), new NodeId(2), default);
        Of(log).SaveHardState(new Term(term), new NodeId(2));
    }

    public void Append(LogFixture log, ulong term, int size)
    {
        var entry = LogFixture.Entry(Last.Index.Value + 1, term, size, id);
        Of(log).Append([entry], term);
        _entries[entry.Index.Value] = entry;
        _ever.Add((entry.Index.Value, entry.Checksum));
        Last = entry.Position;
    }

    public void Truncate(LogFixture log)
    {
        Of(log).Truncate(Last.Index);
        _entries.Remove(Last.Index.Value);
        Last = Of(log).Last;
    }

    public void Compact(LogFixture log, LogIndex index)
    {
        Base = new LogPosition(index, _entries[index.Value].Term);
        _bases.Add(Base);
        Of(log).Compact(Base, LogFixture.Members);
    }

    public void Reset(LogFixture log, LogPosition newBase)
    {
        Of(log).Reset(newBase, LogFixture.Members);
        _bases.Add(newBase);
        Base = Last = newBase;
    }

    /// <summary>Everything not in doubt is right.</summary>
    public void Check(LogFixture log, string what)
    {
        var group = Of(log);
        what = $"{what}, group {id.Value}";
        var found = group.RecoveredHardState;
        Assert.True(
            IsLost(log) || (found.Term == _state.Term && found.Vote == _state.Vote),
            $"{what}: term {found.Term} vote {found.Vote}, was {_state}");
        var isOpen = group.IsUnsure || IsLost(log);
        Assert.True(
            isOpen || group.Last == Last, $"{what}: ends at {group.Last}, not at {Last}");
        Assert.True(
            IsLost(log) || (_bases.Contains(group.Base) && group.Base.Index <= Base.Index),
            $"{what}: base {group.Base}, is {Base}");
        for (var index = group.Base.Index.Next; index <= group.Last.Index; index = index.Next)
        {
            var isDamaged = group.Damage.Any(range => range.First <= index && index <= range.Last);
            group.ReadBack(index, index, 1 << 20, 5);
            while (log.PumpOne())
            {
            }

            Assert.Null(log.Failure);
            var read = log.Read[^1].Entries;
            Assert.True((read.Length == 0) == isDamaged, $"{what}: entry {index}");
            Assert.True(
                isDamaged || (isOpen || index <= Base.Index
                    ? _ever.Contains((index.Value, read[0].Checksum))
                    : read[0].Checksum == _entries[index.Value].Checksum),
                $"{what}: entry {index} is another one");
        }
    }

    /// <summary>What the opening code does with the newest snapshot, and then a leader that has everything:
    /// overwrites what does not match, and gives back what cannot be read.</summary>
    public void Heal(LogFixture log)
    {
        var group = Of(log);
        if (Base.Index > group.Base.Index || group.IsMembershipLost)
        {
            var isHeld = Base.Index <= group.Last.Index
                && (!group.TryGetTerm(Base.Index, out var term) || term == Base.Term);
            if (isHeld)
            {
                group.Compact(Base, LogFixture.Members);
            }
            else
            {
                group.Reset(Base, LogFixture.Members);
            }
        }

        var kept = group.Base.Index;
        while (kept < group.Last.Index && kept < Last.Index && (!group.TryGetTerm(kept.Next, out var held)
            || held == _entries[kept.Next.Value].Term))
        {
            kept = kept.Next;
        }

        if (kept < group.Last.Index)
        {
            group.Truncate(kept.Next);
        }

        foreach (var range in group.Damage.ToArray())
        {
            group.Repair(Range(range.First, range.Last));
        }

        group.Append(Range(kept.Next, Last.Index), 9);
        group.NoteSure();
    }

    public void CheckWhole(LogFixture log, string what)
    {
        var group = Of(log);
        Assert.True(
            group.Damage.Count == 0 && !group.IsUnsure && group.Base == Base && group.Last == Last,
            $"{what}: group {id.Value} is {group.Base} to {group.Last}, not {Base} to {Last}; damage "
                + string.Join(' ', group.Damage));
        Assert.Equal(
            Range(Base.Index.Next, Last.Index).Select(static entry => entry.Checksum),
            log.ReadAll(group).Select(static entry => entry.Checksum));
    }

    public string Describe(LogFixture log)
    {
        var group = Of(log);
        return $"{group.Base} to {group.Last} {group.RecoveredHardState} unsure {group.IsUnsure} lost "
            + $"{group.LostHardState} damage {string.Join(' ', group.Damage)}";
    }

    /// <summary>Whether a vote or everything is lost: a lost membership alone a snapshot gives
    /// back.</summary>
    public bool IsLost(LogFixture log) => Of(log).LostHardState && !Of(log).IsMembershipLost;

    public GroupLog Of(LogFixture log) => log.Log.OpenGroup(id, LogFixture.Members);

    private LogEntry[] Range(LogIndex first, LogIndex last)
    {
        var entries = new List<LogEntry>();
        for (var index = first; index <= last; index = index.Next)
        {
            entries.Add(_entries[index.Value]);
        }

        return [.. entries];
    }
}
