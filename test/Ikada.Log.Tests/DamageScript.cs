using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

/// <summary>A log of several segments as Raft would write it, and what was acknowledged of it: holds what
/// recovery says of a damaged copy against it.</summary>
internal sealed class DamageScript
{
    private readonly List<LogEntry> _entries = [];
    private readonly HashSet<(ulong Index, uint Checksum)> _ever = [];
    private HardState _state;
    private ulong _commit;

    public SimulatedDisk Disk { get; } = new();

    public int Intact { get; private set; }

    public int Ranges { get; private set; }

    public int LostTerms { get; private set; }

    public int Unsure { get; private set; }

    public int Lost { get; private set; }

    public ulong LastIndex => (ulong)_entries.Count;

    public static DamageScript Make(ulong seed, int rounds, bool isSealed, int sizeMax = 5000)
    {
        var script = new DamageScript();
        var random = new RandomSource(seed);
        var log = LogFixture.Open(script.Disk, identity: NodeDirectory.Open(
            script.Disk, LogFixture.Identity.Cluster, LogFixture.Identity.Node, new RandomSource(1)));
        ulong term = 0;
        for (var round = 0; round < rounds; round++)
        {
            if (round == 0 || random.OneIn(4))
            {
                term += 1 + (ulong)random.NextBelow(2);
                script.NewTerm(log, term, random);
            }

            for (var i = random.NextBelow(4); i >= 0; i--)
            {
                script.Append(log, term, random.OneIn(3) ? 20 : random.NextBelow(sizeMax));
            }

            log.Pump();
            if (random.OneIn(2))
            {
                script._commit = Math.Max(script._commit, script.LastIndex - (ulong)random.NextBelow(2));
                log.Log7.NoteCommit(new LogIndex(script._commit));
            }
        }

        if (isSealed)
        {
            log.Log.Seal();
            log.Pump();
        }

        return script;
    }

    /// <summary>Opens a damaged copy, holds it against the truth, repairs it as a leader and its peers
    /// would, and holds it against the truth again.</summary>
    public void Check(SimulatedDisk disk, string what)
    {
        var log = Open(disk, what);
        CheckState(log, what);
        CheckEntries(log, what);
        var again = Open(disk, what);
        Assert.True(Describe(log) == Describe(again), $"{what}: {Describe(log)} then {Describe(again)}");
        if (log.Log7.LostHardState)
        {
            Lost++;
            return;
        }

        Unsure += log.Log7.IsUnsure ? 1 : 0;
        Ranges += log.Log7.Damage.Count > 0 ? 1 : 0;
        LostTerms += log.Log7.Damage.Any(static range => range.Term == default) ? 1 : 0;
        Intact += log.Log7.Damage.Count == 0 && !log.Log7.IsUnsure ? 1 : 0;
        Heal(again);
        CheckWhole(Open(disk, what), what);
    }

    public LogFixture Open(SimulatedDisk disk, string what)
    {
        try
        {
            var identity = NodeDirectory.Open(
                disk, LogFixture.Identity.Cluster, LogFixture.Identity.Node, new RandomSource(2));
            return LogFixture.Open(disk, seed: 100 + identity.StartCount.Value, identity: identity);
        }
        catch (Exception failure) when (failure is LogOpenException or InvariantException
            or IndexOutOfRangeException or ArgumentException)
        {
            throw new InvalidOperationException($"{what}: {failure.Message}", failure);
        }
    }

    /// <summary>What a leader that has everything does: overwrites what does not match, and gives back what
    /// cannot be read.</summary>
    public void Heal(LogFixture log)
    {
        var group = log.Log7;
        var kept = Math.Min(group.Last.Index.Value, LastIndex);
        for (ulong index = 1; index <= kept; index++)
        {
            if (group.TryGetTerm(new LogIndex(index), out var term) && term != Entry(index).Term)
            {
                kept = index - 1;
                break;
            }
        }

        if (kept < group.Last.Index.Value)
        {
            group.Truncate(new LogIndex(kept + 1));
        }

        foreach (var range in group.Damage.ToArray())
        {
            group.Repair(_entries.GetRange(
                (int)range.First.Value - 1, (int)(range.Last.Value - range.First.Value + 1)).ToArray());
        }

        group.Append(_entries.Skip((int)kept).ToArray(), 9);
        group.NoteSure();
        log.Pump();
    }

    public void CheckWhole(LogFixture log, string what)
    {
        Assert.True(
            log.Log7.Damage.Count == 0 && !log.Log7.IsUnsure, $"{what}: not repaired: {Describe(log)}");
        Assert.True(log.Log7.Last == Entry(LastIndex).Position, $"{what}: repaired to {log.Log7.Last}");
        var all = log.ReadAll();
        Assert.Equal(_entries.Select(static e => e.Checksum), all.Select(static e => e.Checksum));
        var sizes = new List<(ulong, int)>();
        Open((SimulatedDisk)log.Disk, what).Log7.VisitRecovered(
            entry => sizes.Add((entry.Term.Value, entry.SizeBytes)));
        Assert.Equal(_entries.Select(static e => (e.Term.Value, e.Body.Length)), sizes);
    }

    public static string Describe(LogFixture log)
    {
        var group = log.Log7;
        var state = group.RecoveredHardState;
        return $"last {group.Last} term {state.Term} vote {state.Vote} unsure {group.IsUnsure} lost "
            + $"{group.LostHardState} damage {string.Join(' ', group.Damage)}";
    }

    private LogEntry Entry(ulong index) => _entries[(int)index - 1];

    private void NewTerm(LogFixture log, ulong term, RandomSource random)
    {
        _state = new HardState(new Term(term), new NodeId(2), default);
        log.Log7.SaveHardState(new Term(term), NodeId.None);
        log.Log7.SaveHardState(new Term(term), new NodeId(2));
        if (random.OneIn(2))
        {
            log.Pump();
        }

        var uncommitted = (int)(LastIndex - _commit);
        if (uncommitted > 0 && random.OneIn(2))
        {
            var first = LastIndex - (ulong)random.NextBelow(uncommitted);
            log.Log7.Truncate(new LogIndex(first));
            _entries.RemoveRange((int)first - 1, _entries.Count - (int)first + 1);
        }
    }

    private void Append(LogFixture log, ulong term, int size)
    {
        var entry = LogFixture.Entry(LastIndex + 1, term, size);
        log.Log7.Append([entry], term);
        _entries.Add(entry);
        _ever.Add((entry.Index.Value, entry.Checksum));
    }

    private void CheckState(LogFixture log, string what)
    {
        var found = log.Log7.RecoveredHardState;
        Assert.True(
            log.Log7.LostHardState || (found.Term == _state.Term && found.Vote == _state.Vote),
            $"{what}: term {found.Term} vote {found.Vote}, was {_state.Term} {_state.Vote}; {Describe(log)}");
    }

    private void CheckEntries(LogFixture log, string what)
    {
        var group = log.Log7;
        var isOpen = group.IsUnsure || group.LostHardState;
        Assert.True(
            isOpen || group.Last == Entry(LastIndex).Position,
            $"{what}: ends at {group.Last}, not at {Entry(LastIndex).Position}; {Describe(log)}");
        var damaged = group.Damage.SelectMany(static range => Enumerable.Range(
            (int)range.First.Value, (int)(range.Last.Value - range.First.Value) + 1)
            .Select(index => ((ulong)index, range.Term))).ToDictionary();
        foreach (var (index, term) in damaged)
        {
            Assert.True(
                isOpen || term == default || term == Entry(index).Term,
                $"{what}: entry {index} is said to be of term {term}, but is of {Entry(index).Term}");
            Assert.False(group.TryGet(new LogIndex(index), out _));
        }

        for (var index = new LogIndex(1); index <= group.Last.Index; index = index.Next)
        {
            group.ReadBack(index, group.Last.Index, 1, 5);
            while (log.PumpOne())
            {
            }

            Assert.Null(log.Failure);
            var read = log.Read[^1].Entries;
            Assert.True((read.Length == 0) == damaged.ContainsKey(index.Value), $"{what}: entry {index}");
            if (read.Length > 0)
            {
                Assert.True(
                    isOpen ? _ever.Contains((index.Value, read[0].Checksum))
                        : read[0].Checksum == Entry(index.Value).Checksum,
                    $"{what}: entry {index} of {read[0].Term} is not the one acknowledged; {Describe(log)}");
            }
        }

        ulong next = 1;
        Open(((SimulatedDisk)log.Disk).Copy(), what).Log7.VisitRecovered(entry =>
        {
            Assert.Equal(next, entry.Index.Value);
            Assert.Equal(damaged.ContainsKey(next), entry.IsDamaged);
            next = entry.Last.Value + 1;
        });
        Assert.Equal(group.Last.Index.Value + 1, next);
    }
}
