using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

/// <summary>A member that lost a vote goes on as a wiped one.</summary>
public sealed class StartOverTests
{
    [Fact]
    public void A_directory_that_is_started_over_is_fresh_under_a_new_incarnation_and_keeps_the_old_files()
    {
        var disk = Made(out var old);
        var fresh = NodeDirectory.StartOver(disk, new RandomSource(5));
        Assert.NotEqual(old.Incarnation, fresh.Incarnation);
        Assert.Equal((old.Node, old.Cluster, 1UL), (fresh.Node, fresh.Cluster, fresh.StartCount.Value));
        Assert.True(fresh.IsStartedOver);
        var log = LogFixture.Open(disk, identity: fresh, seed: 3);
        Assert.Equal(0UL, log.Log7.Last.Index.Value);
        Assert.Equal(default, log.Log7.RecoveredHardState);
        Assert.Contains(disk.List(), name => name.StartsWith("lost-", StringComparison.Ordinal));
        Assert.Equal(fresh with { StartCount = new StartCount(2) }, Open(disk));
    }

    [Fact]
    public void Its_snapshots_are_set_aside_too_or_they_would_stand_for_a_log_that_votes()
    {
        var disk = Made(out _);
        var position = new LogPosition(new LogIndex(3), new Term(2));
        var save = new SaveSnapshot(LogFixture.Group, position, Membership.Empty, _ => { });
        save.Execute(disk);
        Assert.Equal(save.Result, SnapshotShelf.Open(disk, LogFixture.Group).Newest);

        NodeDirectory.StartOver(disk, new RandomSource(5));

        Assert.Null(SnapshotShelf.Open(disk, LogFixture.Group).Newest);
        Assert.Contains(disk.List(), name => name.StartsWith("lost-", StringComparison.Ordinal)
            && name.Contains("snapshot-", StringComparison.Ordinal));
    }

    [Fact]
    public void A_directory_that_was_started_over_does_not_vote_until_its_log_names_its_incarnation()
    {
        var disk = Made(out _);
        var fresh = NodeDirectory.StartOver(disk, new RandomSource(5));
        var log = LogFixture.Open(disk, identity: fresh, seed: 3);
        Assert.True(log.Log7.LostHardState && log.Log7.IsStartedOver);
        log.Append(1, 4);
        log.Pump();
        log = LogFixture.Open(disk, identity: fresh, seed: 4);
        Assert.True(log.Log7.LostHardState);
        var added = new Membership(
            [new Member(fresh.Node, fresh.Incarnation, default), new Member(new NodeId(2), null, default)],
            [fresh.Node, new NodeId(2)]);
        log.Log7.Append(
            [LogEntry.Create(
                LogFixture.Group, new LogIndex(2), new Term(4), EntryKind.Membership, 1, added.Encode())], 1);
        log.Pump();
        Assert.False(LogFixture.Open(disk, identity: fresh, seed: 5).Log7.LostHardState);
    }

    [Fact]
    public void A_crash_in_any_step_of_starting_over_leaves_the_old_log_whole_or_none_at_all()
    {
        var crashes = 0;
        for (var step = 0; ; step++)
        {
            for (ulong seed = 0; seed < 20; seed++)
            {
                var disk = Made(out var old);
                var before = LogFixture.Open(disk.Copy(), identity: old).ReadAll().Length;
                disk.Faults.CrashAt(disk.Faults.Operations + step, (CrashMoment)(seed % 3));
                try
                {
                    // Of another source than the first: or its incarnation would be drawn again.
                    NodeDirectory.StartOver(disk, new RandomSource(seed + 100));
                    Assert.True(crashes > 100, $"only {crashes} crashes");
                    return;
                }
                catch (SimulatedCrashException)
                {
                    disk.Crash(new RandomSource((seed * 31) + (ulong)step));
                    crashes++;
                }

                var identity = Open(disk, seed: 2);
                var log = LogFixture.Open(disk, identity: identity, seed: 9);
                var isOld = identity.Incarnation == old.Incarnation;
                Assert.Equal(isOld ? before : 0, log.ReadAll().Length);
                Assert.Equal(isOld ? 3UL : 0, log.Log7.RecoveredHardState.Term.Value);
                Assert.Equal(!isOld, identity.IsStartedOver);
            }
        }
    }

    private static SimulatedDisk Made(out DirectoryIdentity identity)
    {
        var disk = new SimulatedDisk();
        identity = Open(disk);
        var log = LogFixture.Open(disk, identity: identity);
        log.Log7.SaveHardState(new Term(3), new NodeId(2));
        for (ulong i = 1; i <= 6; i++)
        {
            log.Append(i, 3, 30_000);
            log.Pump();
        }

        return disk;
    }

    private static DirectoryIdentity Open(SimulatedDisk disk, ulong seed = 1) => NodeDirectory.Open(
        disk, LogFixture.Identity.Cluster, LogFixture.Identity.Node, new RandomSource(seed));
}
