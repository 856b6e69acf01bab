using Ikada.Simulation.Reducing;
using Ikada.Simulation.Time;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation.Tests;

public sealed class ShrinkTests
{
    // So little time for the healing that it fails.
    private static readonly SimulationOptions Failing = new()
    {
        Seed = 40, Nodes = 3, Seconds = 2, Clients = 6, LivenessTimeoutsMax = 1, Sleeps = false,
    };

    [Fact]
    public void What_is_left_violates_the_same_property_is_smaller_and_replays()
    {
        var found = Enumerable.Range(40, 20)
            .Select(seed => SimulationRun.Execute(Failing with { Seed = (ulong)seed }))
            .First(result => result.Failure is not null && result.Strikes.Count > 0);
        var before = ShrinkSize.Of(found);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(
            TestContext.Current.CancellationToken);
        var tries = 0;
        var outcome = new Shrinker
        {
            TimeLimit = TimeSpan.FromSeconds(100),
            Progress = progress =>
            {
                tries++;
                if (IsMuchSmaller(progress.Size, before))
                {
                    enough.Cancel(); // there is more to take away, but on a busy machine that takes long
                }
            },
        }.Shrink(found, enough.Token);

        var after = ShrinkSize.Of(outcome.Smallest);
        Assert.True(IsMuchSmaller(after, before), $"{before} became {after}");
        Assert.True(tries > 3, $"{tries} tries");
        var again = SimulationRun.Execute(outcome.Smallest.Options);
        Assert.Equal(found.Failure!.Property, again.Failure!.Property);
        Assert.Equal(outcome.Smallest.EventHash, again.EventHash);

        using var story = new StringWriter();
        ShrinkStory.Print(story, outcome);
        Assert.Contains("nodes 3 → ", story.ToString(), StringComparison.Ordinal);
        var replay = "replay    " + outcome.Smallest.Options.ReplayCommand;
        Assert.Contains(replay, story.ToString(), StringComparison.Ordinal);
        Assert.Contains("ALL HEALS", story.ToString(), StringComparison.Ordinal);
    }

    private static bool IsMuchSmaller(ShrinkSize after, ShrinkSize before) =>
        after.Nodes < before.Nodes && after.Clients < before.Clients && after.Strikes < before.Strikes
            && after.Events < before.Events / 2;

    [Fact]
    public void A_run_that_violates_nothing_cannot_be_shrunk() => Assert.Throws<ArgumentException>(() =>
        new Shrinker().Shrink(
            SimulationRun.Execute(Failing with { Seconds = 1, LivenessTimeoutsMax = 40, Nodes = 1 }),
            TestContext.Current.CancellationToken));

    [Theory]
    [InlineData(new[] { 3, 17 })]
    [InlineData(new[] { 0 })]
    [InlineData(new[] { 1, 2, 3, 19 })]
    [InlineData(new int[0])]
    public void The_minimizer_finds_the_causes_among_many(int[] causes)
    {
        var found = Minimizer.Minimize([.. Enumerable.Range(0, 20)], parts =>
        {
            for (var at = 0; at < parts.Count; at++)
            {
                if (Array.TrueForAll(causes, cause => parts[at].Contains(cause)))
                {
                    return at;
                }
            }

            return -1;
        });
        Assert.Equal(causes, found);
    }

    [Fact]
    public void A_story_keeps_faults_and_operations_on_the_keys_concerned_and_the_last_events()
    {
        var all = new List<TraceEntry>();
        for (var at = 0; at < 400; at++)
        {
            all.Add(new TraceEntry { Time = at, Kind = TraceKind.DiskWritten, Peer = -1 });
        }

        all[10] = new TraceEntry { Kind = TraceKind.NodeCrashed, Peer = -1 };
        all[20] = new TraceEntry { Kind = TraceKind.ClientInvoked, Peer = -1, D = 4 };
        all[30] = new TraceEntry { Kind = TraceKind.ClientInvoked, Peer = -1, D = 5 };
        var told = StoryFilter.Select(all, "a read of key 4 is stale");
        Assert.Equal(
            [TraceKind.NodeCrashed, TraceKind.ClientInvoked, TraceKind.DiskWritten],
            told.Select(entry => entry.Kind).Distinct());
        Assert.Equal(4, told[1].D);
        Assert.Equal(18, told.Count);
        Assert.Equal(all.Count, StoryFilter.Select(all, "x").Count + 381);
        Assert.Equal(90, StoryFilter.Select(all[..90], "x").Count);
    }

    [Fact]
    public void Where_even_the_faults_are_many_the_last_are_told()
    {
        var all = new List<TraceEntry>();
        for (var at = 0; at < 400; at++)
        {
            all.Add(new TraceEntry { Time = at * Draw.Second, Kind = TraceKind.FaultStruck, Peer = -1 });
        }

        var told = StoryFilter.Select(all, "x");
        Assert.Equal(StoryFilter.LinesMax, told.Count);
        Assert.Equal(all[^1].Time, told[^1].Time);
    }
}
