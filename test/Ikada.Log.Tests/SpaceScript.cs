using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

/// <summary>A log of three groups that begins segment after segment: one compacts often, one late, so that
/// its entries are written forward, and one is begun anew behind snapshots. It can be cut at any operation of
/// the disk.</summary>
internal sealed class SpaceScript
{
    public static readonly LogOptions Options = LogFixture.SmallOptions with
    {
        SegmentsBeforeRewrite = 2,
        FreeSegmentsMax = 1,
    };

    private readonly GroupModel[] _groups = [new(LogFixture.Group), new(new GroupId(8)), new(new GroupId(9))];

    public bool HasCrashed { get; private set; }

    /// <summary>What it was doing when it was cut.</summary>
    public string Point { get; private set; } = string.Empty;

    /// <summary>The most files there were at any time.</summary>
    public int FilesMost { get; private set; }

    /// <summary>How often entries were read to be written forward.</summary>
    public int Rewrites { get; private set; }

    /// <summary>Runs to the end, or to the crash. A later life goes on from what recovery found.</summary>
    public void Run(SimulatedDisk disk, int rounds, int life = 0)
    {
        HasCrashed = false;
        LogFixture? log = null;
        try
        {
            log = LogFixture.Open(disk, Options, seed: 10 + (ulong)life, identity: OpenIdentity(disk));
            foreach (var group in _groups)
            {
                group.Attach(log);
            }

            Pump(log, disk);
            for (var round = 1; round <= rounds; round++)
            {
                Round(log, disk, (life * rounds) + round);
            }

            log.Log.Seal();
            Pump(log, disk);
        }
        catch (SimulatedCrashException crash)
        {
            HasCrashed = true; // what was acknowledged until here must be found
            Point = $"{log?.Executing ?? "opening"}: {NameOf(crash.Message)}";
        }
    }

    /// <summary>Holds a recovered log against what was acknowledged. A crash is never taken for
    /// damage.</summary>
    public void Check(SimulatedDisk disk, string what)
    {
        var log = LogFixture.Open(disk, Options, seed: 3, identity: OpenIdentity(disk));
        Assert.True(
            log.Log.Recovered.Damage.Count == 0, $"{what}: {string.Join(' ', log.Log.Recovered.Damage)}");
        foreach (var group in _groups)
        {
            group.Check(log, what);
        }
    }

    public static string Describe(SimulatedDisk disk)
    {
        var log = LogFixture.Open(disk, Options, seed: 3, identity: OpenIdentity(disk));
        return string.Join(" || ", new ulong[] { 7, 8, 9 }.Select(
            id => log.Describe(log.Log.OpenGroup(new GroupId(id), LogFixture.Members))));
    }

    /// <summary>Of "The power failed Before pwrite of segment-0000000000000003.log" what tells it
    /// apart.</summary>
    public static string NameOf(string message)
    {
        var at = message.IndexOf("-0000", StringComparison.Ordinal);
        var name = at < 0 ? message : message[..at];
        return name.Replace("The power failed ", string.Empty, StringComparison.Ordinal);
    }

    private static DirectoryIdentity OpenIdentity(SimulatedDisk disk) => NodeDirectory.Open(
        disk, new ClusterId(LogFixture.Cluster), new NodeId(LogFixture.Node), new RandomSource(77));

    private void Round(LogFixture log, SimulatedDisk disk, int round)
    {
        var (often, late, anew) = (_groups[0], _groups[1], _groups[2]);
        var term = (ulong)round;
        if (round % 3 == 1)
        {
            often.Vote(term);
        }

        if (round % 5 == 0 && often.Log.Last.Index > often.Log.Base.Index)
        {
            often.Truncate(often.Log.Last.Index.Value);
        }

        often.Append(term, 4000 + (round * 1437 % 9000));
        often.Append(term, 100 + (round * 731 % 3000));
        if (round % 4 == 2)
        {
            late.Append(term, 900);
        }

        if (round % 6 == 3)
        {
            anew.Append(term, 700);
        }

        if (round % 12 == 7)
        {
            anew.Reset(new LogPosition(anew.Log.Last.Index + 5, new Term(term)));
        }

        if (round % 3 == 0)
        {
            // Sometimes beyond what is durable.
            often.Compact(often.Log.Last.Index.Value - (round % 2 == 0 ? 0UL : 2UL));
        }

        if (round % 20 == 0)
        {
            late.Compact(late.Log.Last.Index.Value - 2);
        }

        if (round % 7 == 0)
        {
            // A roll with records behind it in the queue.
            often.Append(term, 15_000);
            often.Append(term, 15_000);
            often.Compact(often.Log.Last.Index.Value);
        }

        Pump(log, disk);
    }

    private void Pump(LogFixture log, SimulatedDisk disk)
    {
        log.Log.Flush();
        while (log.PumpOne())
        {
            Assert.Null(log.Failure);
            Rewrites += log.Executing.Contains("forward", StringComparison.Ordinal) ? 1 : 0;
            FilesMost = Math.Max(FilesMost, disk.List().Count);
            foreach (var (id, last, generation) in log.Flushed)
            {
                Of(id).Flushed(last, generation);
            }

            foreach (var (id, state) in log.Saved)
            {
                Of(id).Saved(state);
            }

            foreach (var (id, position) in log.BasesSaved)
            {
                Of(id).BaseSaved(position);
            }

            log.Flushed.Clear();
            log.Saved.Clear();
            log.BasesSaved.Clear();
        }
    }

    private GroupModel Of(GroupId id) => _groups.First(group => group.Id == id);
}
