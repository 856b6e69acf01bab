using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

/// <summary>A log of three groups whose first segments are freed: one compacts often, one late, so that its
/// entries were written forward, one began anew behind snapshots. All of it acknowledged.</summary>
internal sealed class SpaceDamageScript
{
    private static readonly LogOptions Options = LogFixture.SmallOptions with
    {
        SegmentsBeforeRewrite = 2,
        FreeSegmentsMax = 1,
    };

    private readonly GroupTruth[] _groups = [new(LogFixture.Group), new(new GroupId(8)), new(new GroupId(9))];

    public SimulatedDisk Disk { get; } = new();

    public int Reported { get; private set; }

    public int Harmless { get; private set; }

    public int Ranges { get; private set; }

    public int Unsure { get; private set; }

    public int Lost { get; private set; }

    public static SpaceDamageScript Make(int rounds)
    {
        var script = new SpaceDamageScript();
        var log = Open(script.Disk, "new");
        for (var round = 1; round <= rounds; round++)
        {
            script.Round(log, round);
            log.Pump();
        }

        log.Log.Seal();
        log.Pump();
        Assert.Null(log.Failure);
        return script;
    }

    /// <summary>Opens a damaged copy, holds it against the truth, completes and repairs it, and holds it
    /// against the truth again.</summary>
    public void Check(SimulatedDisk disk, string what)
    {
        var log = Open(disk, what);
        var described = Describe(log);
        foreach (var group in _groups)
        {
            group.Check(log, what);
        }

        Count(log, described);
        var again = Open(disk, what);
        Assert.True(described == Describe(again), $"{what}: {described} then {Describe(again)}");
        if (_groups.Any(group => group.IsLost(log)))
        {
            Lost++;
            return;
        }

        foreach (var group in _groups)
        {
            group.Heal(again);
        }

        again.Pump();
        Assert.Null(again.Failure);
        var healed = Open(disk, what);
        foreach (var group in _groups)
        {
            group.CheckWhole(healed, what);
        }
    }

    private static LogFixture Open(SimulatedDisk disk, string what)
    {
        try
        {
            var identity = NodeDirectory.Open(
                disk, LogFixture.Identity.Cluster, LogFixture.Identity.Node, new RandomSource(2));
            return LogFixture.Open(disk, Options, 100 + identity.StartCount.Value, identity);
        }
        catch (Exception failure) when (failure is LogOpenException or InvariantException
            or IndexOutOfRangeException or ArgumentException)
        {
            throw new InvalidOperationException($"{what}: {failure.Message}", failure);
        }
    }

    private string Describe(LogFixture log) =>
        string.Join(" | ", _groups.Select(group => group.Describe(log)));

    private void Count(LogFixture log, string described)
    {
        Reported += log.Log.Recovered.Damage.Count > 0 ? 1 : 0;
        Harmless += log.Log.Recovered.Damage.Count == 0 ? 1 : 0;
        Unsure += described.Contains("unsure True", StringComparison.Ordinal) ? 1 : 0;
        Ranges += _groups.Any(group => group.Of(log).Damage.Count > 0) ? 1 : 0;
    }

    private void Round(LogFixture log, int round)
    {
        var (often, late, anew) = (_groups[0], _groups[1], _groups[2]);
        var term = (ulong)(1 + (round / 4));
        if (round % 4 == 0)
        {
            often.Vote(log, term);
            late.Vote(log, term);
        }

        if (round % 6 == 5)
        {
            often.Truncate(log);
        }

        often.Append(log, term, 6000 + (round * 1437 % 9000));
        often.Append(log, term, 60);
        if (round % 3 == 1)
        {
            late.Append(log, term, 300);
        }

        if (round % 5 == 2)
        {
            anew.Append(log, term, 200);
        }

        if (round % 9 == 6)
        {
            anew.Reset(log, new LogPosition(anew.Last.Index + 5, new Term(term)));
        }

        if (round % 3 == 2)
        {
            log.Pump();
            often.Compact(log, new LogIndex(often.Last.Index.Value - 3));
        }

        if (round % 25 == 24)
        {
            late.Compact(log, new LogIndex(late.Last.Index.Value - 4));
        }
    }
}
