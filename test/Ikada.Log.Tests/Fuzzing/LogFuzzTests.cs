using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests.Fuzzing;

/// <summary>Whole directories with changed files: heads, batches and records as recovery meets
/// them.</summary>
public sealed class LogFuzzTests(ITestOutputHelper output)
{
    private const int CallsMax = 20_000;
    private const long BytesMax = 12 << 20;
    private readonly FuzzDirectory[] _directories = [.. FuzzDirectory.All()];

    [Fact]
    public void A_changed_directory_is_opened_or_refused_and_gives_out_nothing_that_was_not_written() =>
        new FuzzRun(output, BytesMax).Try("directories", [5539], random =>
        {
            var directory = _directories[random.NextBelow(_directories.Length)];
            var fixes = random.OneIn(2);
            var disk = directory.Changed(_directories, random, fixes);
            var outcome = Open(disk, directory, mayBeOthers: fixes, appends: random.OneIn(4));
            return fixes ? outcome + ", checksums made to fit" : outcome;
        });

    private static string Open(
        SimulatedDisk disk, FuzzDirectory directory, bool mayBeOthers, bool appends)
    {
        var log = OpenOnce(disk, directory, 5);
        var outcome = log.Log.Recovered.Damage.Count > 0 ? "opened with damage"
            : log.Log.Recovered.TornBytes > 0 ? "opened, torn end cut" : "opened";
        var isOther = directory.IsOther(log, mayBeOthers);
        Assert.False(isOther, "an entry is given out that was never written");
        if (appends && log.Log7.Last.Term.Value < 1000 && log.Log7.Last.Index.Value < 1UL << 40)
        {
            var last = log.Log7.Last;
            log.Append(last.Index.Value + 1, last.Term.Value + 1, 700);
            log.Pump();
        }

        if (appends)
        {
            OpenOnce(disk, directory, 6); // what a start leaves behind, the next one opens
        }

        return outcome;
    }

    private static LogFixture OpenOnce(SimulatedDisk disk, FuzzDirectory directory, ulong seed)
    {
        var bounded = new BoundedDisk(disk, CallsMax);
        var identity = NodeDirectory.Open(
            bounded, LogFixture.Identity.Cluster, LogFixture.Identity.Node, new RandomSource(seed));
        var log = LogFixture.Open(bounded, seed: seed, identity: identity);
        log.Log.OpenGroup(FuzzDirectory.Other, LogFixture.Members);
        log.Log7.VisitRecovered(static entry => Assert.True(entry.SizeBytes >= 0));
        return log;
    }
}
