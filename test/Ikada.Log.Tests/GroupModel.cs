using Ikada.Primitives;

namespace Ikada.Log.Tests;

/// <summary>What one group asked its log for, and what of it was acknowledged.</summary>
internal sealed class GroupModel(GroupId id)
{
    private readonly List<(ulong Index, ulong Term, uint Checksum)> _wanted = [];
    private readonly SortedDictionary<ulong, uint> _acknowledged = [];
    private readonly HashSet<(ulong Index, uint Checksum)> _ever = [];
    private readonly HashSet<LogPosition> _bases = [default];
    private readonly HashSet<(ulong Term, ulong Vote)> _states = [(0, 0)];
    private LogPosition _savedBase;
    private HardState _saved;

    public GroupId Id => id;

    public GroupLog Log { get; private set; } = null!;

    /// <summary>Goes on from what recovery found.</summary>
    public void Attach(LogFixture fixture)
    {
        Log = fixture.Log.OpenGroup(id, LogFixture.Members);
        _wanted.Clear();
        _acknowledged.Clear();
        foreach (var entry in fixture.ReadAll(Log))
        {
            _wanted.Add((entry.Index.Value, entry.Term.Value, entry.Checksum));
            _acknowledged[entry.Index.Value] = entry.Checksum;
        }

        _saved = Log.RecoveredHardState;
        _savedBase = Log.Base;
    }

    public void Append(ulong term, int size)
    {
        var entry = LogFixture.Entry(Log.Last.Index.Value + 1, term, size, id);
        _ever.Add((entry.Index.Value, entry.Checksum));
        _wanted.Add((entry.Index.Value, term, entry.Checksum));
        Log.Append([entry], term);
    }

    public void Vote(ulong term)
    {
        _states.Add((term, 2));
        Log.SaveHardState(new Term(term), new NodeId(2));
    }

    public void Truncate(ulong first)
    {
        Log.Truncate(new LogIndex(first));
        Forget(index => index >= first);
    }

    public void Compact(ulong index)
    {
        if (index > Log.Base.Index.Value && Log.TryGetTerm(new LogIndex(index), out var term))
        {
            var newBase = new LogPosition(new LogIndex(index), term);
            _bases.Add(newBase);
            Log.Compact(newBase, LogFixture.Members);
            Forget(at => at <= index);
        }
    }

    public void Reset(LogPosition newBase)
    {
        _bases.Add(newBase);
        Log.Reset(newBase, LogFixture.Members);
        Forget(static _ => true);
    }

    /// <summary>A generation stands for a term here: what it flushed is all of that term up to
    /// there.</summary>
    public void Flushed(LogPosition last, ulong generation)
    {
        foreach (var wanted in _wanted.Where(w => w.Index <= last.Index.Value && w.Term <= generation))
        {
            _acknowledged[wanted.Index] = wanted.Checksum;
        }
    }

    public void Saved(HardState state) => _saved = state;

    public void BaseSaved(LogPosition position) =>
        _savedBase = position.Index > _savedBase.Index ? position : _savedBase;

    /// <summary>Holds what recovery found against what was acknowledged.</summary>
    public void Check(LogFixture fixture, string what)
    {
        var log = fixture.Log.OpenGroup(id, LogFixture.Members);
        Assert.True(
            !log.IsUnsure && !log.LostHardState && log.Damage.Count == 0,
            $"{what}: unsure {log.IsUnsure} lost {log.LostHardState} damage {string.Join(' ', log.Damage)}");
        Assert.True(_bases.Contains(log.Base), $"{what}: base {log.Base} was never asked for");
        Assert.True(
            log.Base.Index >= _savedBase.Index, $"{what}: base {_savedBase} is forgotten: {log.Base}");
        var found = fixture.ReadAll(log).ToDictionary(
            static entry => entry.Index.Value, static entry => entry.Checksum);
        foreach (var (index, checksum) in _acknowledged)
        {
            Assert.True(
                found.TryGetValue(index, out var there) && there == checksum,
                $"{what}: acknowledged entry {index} of group {id.Value} is lost; {log.Base} to {log.Last}");
        }

        foreach (var (index, checksum) in found)
        {
            Assert.Contains((index, checksum), _ever);
        }

        var state = log.RecoveredHardState;
        Assert.True(state.Term >= _saved.Term, $"{what}: term {_saved.Term} is forgotten: {state.Term}");
        Assert.Contains((state.Term.Value, state.Vote.Value), _states);
        Assert.True(state.Term > _saved.Term || state.Vote == _saved.Vote || _saved.Vote.IsNone, what);
    }

    private void Forget(Func<ulong, bool> isGone)
    {
        _wanted.RemoveAll(wanted => isGone(wanted.Index));
        foreach (var index in _acknowledged.Keys.Where(isGone).ToArray())
        {
            _acknowledged.Remove(index);
        }
    }
}
