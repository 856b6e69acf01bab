using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

/// <summary>A run of a log that can be cut at any operation of the disk, and what it had acknowledged by
/// then.</summary>
internal sealed class CrashScript
{
    private readonly List<(ulong Index, ulong Term, uint Checksum)> _wanted = [];

    /// <summary>What was acknowledged: entries by index, never replaced since.</summary>
    public SortedDictionary<ulong, uint> Acknowledged { get; } = [];

    /// <summary>Every checksum ever appended at an index: nothing else may be found there.</summary>
    public Dictionary<ulong, HashSet<uint>> Ever { get; } = [];

    public HardState AcknowledgedState { get; private set; }

    public HashSet<(ulong Term, ulong Vote)> StatesEver { get; } = [(0, 0)];

    public ulong AcknowledgedStart { get; private set; }

    public bool HasCrashed { get; private set; }

    /// <summary>Runs to the end, or to the crash. A later life goes on from what recovery found.</summary>
    public void Run(SimulatedDisk disk, int rounds, int life = 0)
    {
        HasCrashed = false;
        try
        {
            var identity = NodeDirectory.Open(
                disk, new ClusterId(LogFixture.Cluster), new NodeId(LogFixture.Node), new RandomSource(77));
            AcknowledgedStart = identity.StartCount.Value;
            var log = LogFixture.Open(disk, identity: identity);
            GoOnFrom(log);
            log.Pump();
            if (life > 0)
            {
                // Shorter than what was torn: stale sectors left behind it would be found by the next
                // recovery.
                AppendOne(log, (ulong)(life * rounds), 50);
                Pump(log);
            }

            for (var round = 1; round <= rounds; round++)
            {
                Round(log, (ulong)((life * rounds) + round));
            }

            log.Log.Seal();
            Pump(log);
        }
        catch (SimulatedCrashException)
        {
            HasCrashed = true; // what was acknowledged until here must be found
        }
    }

    private void GoOnFrom(LogFixture log)
    {
        _wanted.Clear();
        Acknowledged.Clear();
        foreach (var entry in log.ReadAll())
        {
            _wanted.Add((entry.Index.Value, entry.Term.Value, entry.Checksum));
            Acknowledged[entry.Index.Value] = entry.Checksum;
        }

        AcknowledgedState = log.Log7.RecoveredHardState;
    }

    private void Round(LogFixture log, ulong round)
    {
        if (round % 3 == 1)
        {
            StatesEver.Add((round, 2));
            log.Log7.SaveHardState(new Term(round), new NodeId(2));
        }

        if (round % 4 == 0 && log.Log7.Last.Index.Value > 2)
        {
            var first = log.Log7.Last.Index.Value - 1;
            log.Log7.Truncate(new LogIndex(first));
            Forget(first);
        }

        for (var i = 0; i < 2; i++)
        {
            AppendOne(log, round, 100 + (int)(round * 437 % 9000));
        }

        Pump(log);
    }

    private void AppendOne(LogFixture log, ulong term, int size)
    {
        var index = log.Log7.Last.Index.Value + 1;
        var entry = LogFixture.Entry(index, term, size);
        if (!Ever.TryGetValue(index, out var ever))
        {
            Ever[index] = ever = [];
        }

        ever.Add(entry.Checksum);
        _wanted.Add((index, term, entry.Checksum));
        log.Log7.Append([entry], term);
    }

    private void Forget(ulong first)
    {
        _wanted.RemoveAll(wanted => wanted.Index >= first);
        foreach (var index in Acknowledged.Keys.Where(index => index >= first).ToArray())
        {
            Acknowledged.Remove(index);
        }
    }

    private void Pump(LogFixture log)
    {
        log.Log.Flush();
        while (log.PumpOne())
        {
            foreach (var (_, last, generation) in log.Flushed)
            {
                // A generation stands for a term here: what it flushed is all of that term up to there.
                foreach (
                    var wanted in _wanted.Where(w => w.Index <= last.Index.Value && w.Term <= generation))
                {
                    Acknowledged[wanted.Index] = wanted.Checksum;
                }
            }

            log.Flushed.Clear();
            foreach (var (_, state) in log.Saved)
            {
                AcknowledgedState = state;
            }
        }
    }

    /// <summary>Holds a recovered log against what was acknowledged.</summary>
    public void Check(SimulatedDisk disk)
    {
        var identity = NodeDirectory.Open(
            disk, new ClusterId(LogFixture.Cluster), new NodeId(LogFixture.Node), new RandomSource(78));
        Assert.True(identity.StartCount.Value > AcknowledgedStart, "the start count was given out twice");
        var log = LogFixture.Open(disk, seed: 3, identity: identity);
        var found = log.ReadAll().ToDictionary(
            static entry => entry.Index.Value, static entry => entry.Checksum);
        foreach (var (index, checksum) in Acknowledged)
        {
            // An unacknowledged truncation may have got through: then another entry, or none, is there.
            Assert.True(found.TryGetValue(index, out var there), $"acknowledged entry {index} is lost");
            Assert.Equal(checksum, there);
        }

        foreach (var (index, checksum) in found)
        {
            Assert.Contains(checksum, Ever[index]);
        }

        var state = log.Log7.RecoveredHardState;
        Assert.True(state.Term >= AcknowledgedState.Term,
            $"term {AcknowledgedState.Term} is forgotten: {state.Term}");
        Assert.Contains((state.Term.Value, state.Vote.Value), StatesEver);
    }
}
