using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests.Snapshots;

/// <summary>The power fails at every call of the disk, before, in the middle of and after it, and any
/// subset of what was not synced survives.</summary>
public sealed class SnapshotCrashTests(ITestOutputHelper output)
{
    private const int Bytes = 2500;

    /// <summary>What is done, from which state, and the snapshots that may be the newest
    /// afterwards.</summary>
    public static TheoryData<string, string, ulong[]> Works => new()
    {
        { "save", "open pwrite fdatasync rename fsync", [10, 20] },
        { "save again", "unlink open pwrite fdatasync rename fsync", [10] },
        { "receive", "open pwrite fdatasync rename fsync", [10, 20] },
        { "receive from the beginning again", "unlink open pwrite fdatasync rename fsync", [10, 20] },
        { "receive what does not fit", "open pwrite fdatasync unlink", [10] },
        { "delete", "unlink fsync", [20] },
        { "drop a part", "unlink", [10] },
        { "open", "unlink rename fsync", [10] },
    };

    [Theory]
    [MemberData(nameof(Works))]
    public void After_a_crash_at_any_call_the_old_or_the_new_snapshot_is_the_newest_and_whole(
        string work, string calls, ulong[] allowed)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var newest = new HashSet<ulong>();
        int points = 0, crashes = 0, again = 0;
        foreach (var moment in Enum.GetValues<CrashMoment>())
        {
            for (long at = 0; Cut(work, at, moment) is var (disk, call) && disk is not null; at++)
            {
                names.Add(call.Split(' ')[0]);
                points++;
                foreach (var crashed in AfterPowerFailure(disk))
                {
                    crashes++;
                    again += CrashEveryCallOfOpen(crashed, allowed);
                    newest.Add(Check(crashed, allowed));
                }
            }
        }

        output.WriteLine(
            $"{work}: {points} points ({string.Join(' ', names)}), {crashes} crashes, {again} in recovery");
        Assert.Equal(calls.Split(' ').Order(StringComparer.Ordinal), names);
        Assert.Equal(allowed.Order(), newest.Order());
    }

    [Fact]
    public void A_snapshot_that_a_dead_process_left_is_durable_before_anything_builds_upon_it()
    {
        for (long nth = 0; ; nth++)
        {
            var (disk, call) = Cut("save", nth, CrashMoment.After);
            if (disk is null || !call.StartsWith("rename", StringComparison.Ordinal))
            {
                Assert.NotNull(disk);
                continue;
            }

            disk.KillProcess();
            Assert.Equal(20UL, SnapshotShelf.Open(disk, Shots.Group).Newest!.Position.Index.Value);
            disk.Crash(static () => false);
            Assert.Equal(20UL, Check(disk, [20]));
            return;
        }
    }

    /// <summary>A disk on which the power failed at the nth call of the work; null if it has
    /// fewer.</summary>
    private static (SimulatedDisk? Disk, string Call) Cut(string work, long nth, CrashMoment moment)
    {
        var disk = new SimulatedDisk();
        Prepare(disk, work);
        disk.Faults.CrashAt(disk.Faults.Operations + nth, moment);
        try
        {
            Do(disk, work);
            return (null, string.Empty);
        }
        catch (SimulatedCrashException crash)
        {
            return (disk, CallOf(crash));
        }
    }

    private static string CallOf(SimulatedCrashException crash) =>
        string.Join(' ', crash.Message.Split(' ')[4..]);

    private static void Prepare(SimulatedDisk disk, string work)
    {
        Shots.Save(disk, 10, Bytes);
        switch (work)
        {
            case "save again" or "drop a part":
                Receive(disk, 10, 1);
                break;
            case "receive from the beginning again":
                Receive(disk, 20, 2);
                break;
            case "delete":
                Shots.Save(disk, 20, Bytes);
                break;
            case "open":
                Receive(disk, 30, 2);
                disk.FlipBit(Shots.NameOf(Shots.Save(disk, 20, Bytes)), 900, 3);
                break;
        }
    }

    private static void Do(SimulatedDisk disk, string work)
    {
        switch (work)
        {
            case "save":
                Shots.Save(disk, 20, Bytes);
                break;
            case "save again":
                Shots.Save(disk, 10, Bytes);
                break;
            case "receive" or "receive from the beginning again":
                Assert.True(Shots.Run(new FinishSnapshot(Receive(disk, 20, int.MaxValue)), disk).IsGood);
                break;
            case "receive what does not fit":
                Assert.NotNull(Shots.Run(new FinishSnapshot(Receive(disk, 20, 2)), disk).Damage);
                break;
            case "delete":
                Shots.Run(new DeleteSnapshot(Made(10).Descriptor), disk);
                break;
            case "drop a part":
                Shots.Run(new DropPart(Made(10).Descriptor), disk);
                break;
            default:
                Assert.Equal(10UL, SnapshotShelf.Open(disk, Shots.Group).Newest!.Position.Index.Value);
                break;
        }
    }

    private static (SnapshotDescriptor Descriptor, byte[] File) Made(ulong index)
    {
        var disk = new SimulatedDisk();
        var saved = Shots.Save(disk, index, Bytes);
        return (saved, Shots.FileOf(disk, Shots.NameOf(saved)));
    }

    private static SnapshotDescriptor Receive(SimulatedDisk disk, ulong index, int pieces)
    {
        var (descriptor, file) = Made(index);
        for (var at = 0; at < file.Length && pieces-- > 0; at += 900)
        {
            var piece = file.AsMemory(at, Math.Min(900, file.Length - at));
            Assert.Null(Shots.Run(new WriteSnapshotPiece(descriptor, at, piece), disk).Damage);
        }

        return descriptor;
    }

    private static IEnumerable<SimulatedDisk> AfterPowerFailure(SimulatedDisk disk)
    {
        var choices = disk.UnsyncedCount;
        for (var subset = 0; subset < (choices <= 6 ? 1 << choices : 40); subset++)
        {
            var crashed = disk.Copy();
            var (next, random) = (0, new RandomSource((ulong)subset));
            crashed.Crash(choices <= 6 ? () => ((subset >> next++) & 1) != 0 : subset switch
            {
                0 => static () => true,
                1 => static () => false,
                _ => () => random.OneIn(2),
            });
            yield return crashed;
        }
    }

    private static int CrashEveryCallOfOpen(SimulatedDisk disk, ulong[] allowed)
    {
        var crashes = 0;
        foreach (var moment in Enum.GetValues<CrashMoment>())
        {
            for (var step = 0; ; step++)
            {
                var recovering = disk.Copy();
                recovering.Faults.CrashAt(recovering.Faults.Operations + step, moment);
                try
                {
                    SnapshotShelf.Open(recovering, Shots.Group);
                    break;
                }
                catch (SimulatedCrashException)
                {
                    foreach (var crashed in AfterPowerFailure(recovering))
                    {
                        crashes++;
                        Check(crashed, allowed);
                    }
                }
            }
        }

        return crashes;
    }

    /// <summary>What a start finds: whole, one of those that may be the newest, durable, and the same every
    /// time.</summary>
    private static ulong Check(SimulatedDisk disk, ulong[] allowed)
    {
        var shelf = SnapshotShelf.Open(disk, Shots.Group);
        Assert.NotNull(shelf.Newest);
        var index = shelf.Newest.Position.Index.Value;
        Assert.Contains(index, allowed);
        Assert.True(shelf.IsVerified(shelf.Newest));
        // A crash is no damage: only the snapshot in which a bit was turned over is told, and never again.
        Assert.All(shelf.Report.Damage, found => Assert.Equal(Shots.NameOf(Made(20).Descriptor), found.File));
        Assert.True(shelf.Report.Damage.Count == 0 || allowed is [10]);
        Assert.DoesNotContain(disk.List(), static name => name.EndsWith(".part", StringComparison.Ordinal));
        Assert.Equal(Shots.Content(index, Bytes), Shots.Load(disk, shelf.Newest));
        disk.Crash(static () => false);
        var again = SnapshotShelf.Open(disk, Shots.Group);
        Assert.Equal(shelf.Newest, again.Newest);
        Assert.Equal(shelf.Older, again.Older);
        Assert.Equal(0, again.Report.PartsDeleted + again.Report.Damage.Count);
        return index;
    }
}
