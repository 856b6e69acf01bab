using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Tests.Checkers;
using Ikada.Simulation.Time;
using static Ikada.Simulation.Tests.Checkers.ConsensusCheckerTests;

namespace Ikada.Simulation.Tests.Sleep;

/// <summary>Groups that sleep in the simulator, and what looks at them.</summary>
public sealed class SleepTests
{
    private const long Second = Draw.Second;
    private static readonly Membership Three = MembershipRuleTests.Of([1, 2, 3]);
    private readonly NodeClock _clock = new(5000);
    private readonly SleepWatch _watch = new(3, new ConsensusOptions());

    [Fact]
    public void A_follower_that_sleeps_on_beside_a_silent_leader_is_found()
    {
        _watch.Heard(1, new NodeId(1), Second);
        Sleeps(1, Role.Follower, 3.2);
        _watch.Heard(1, new NodeId(3), 3 * Second); // somebody else
        Fires(SleepWatch.Property, () => Sleeps(1, Role.Follower, 3.4));
        _watch.Heard(1, new NodeId(1), (long)(3.4 * Second));
        Sleeps(1, Role.Follower, 5.6);
    }

    [Fact]
    public void A_leader_that_sleeps_on_beside_a_silent_member_is_found()
    {
        _watch.Heard(0, new NodeId(2), 3 * Second);
        _watch.Heard(0, new NodeId(3), Second);
        Sleeps(0, Role.Leader, 3.2);
        Fires(SleepWatch.Property, () => Sleeps(0, Role.Leader, 3.4));
    }

    [Fact]
    public void Time_counts_by_the_nodes_own_clock_and_from_when_it_was_held_up_last()
    {
        _clock.SetRate(0, 500_000);
        Sleeps(1, Role.Follower, 4.5);
        _watch.Excused(1, 4 * Second);
        Sleeps(1, Role.Follower, 8.5);
        Fires(SleepWatch.Property, () => Sleeps(1, Role.Follower, 8.7));
    }

    [Fact]
    public void Groups_sleep_wake_and_lose_their_leaders_asleep_and_everything_holds()
    {
        var counts = new RunCounts();
        Assert.True(FaultSet.TryParse("crash,partition,lag", out var faults, out _));
        for (var seed = 1UL; seed <= 8; seed++)
        {
            var result = SimulationRun.Execute(new SimulationOptions
            {
                Seed = seed, Nodes = seed % 2 == 0 ? 3 : 5, Seconds = 30, Sleeps = true, Faults = faults,
            });
            Assert.True(result.Failure is null, $"seed {seed}: {result.Failure?.Description}");
            counts.Add(result.Counts);
        }

        var (asleep, silent) = (counts.MarksOf(Mark.GroupAsleep), counts.MarksOf(Mark.LeaderSilentInSleep));
        Assert.True(asleep > 20, $"{asleep} times asleep");
        Assert.True(silent > 0, "no leader fell silent while its group slept");
        Assert.True(counts.Acknowledged > 500, $"{counts.Acknowledged} writes were acknowledged");
    }

    [Fact]
    public void One_seed_in_six_lets_the_group_sleep()
    {
        for (var seed = 0UL; seed < 12; seed++)
        {
            var options = new SimulationOptions { Seed = seed };
            Assert.Equal(seed % 6 == 5, RestTimes.Of(options) is not null);
            Assert.NotNull(RestTimes.Of(options with { Sleeps = true }));
            Assert.Null(RestTimes.Of(options with { Sleeps = false }));
        }
    }

    [Fact]
    public void Rests_come_again_and_again()
    {
        var rest = RestTimes.Of(new SimulationOptions { Seed = 5 })!;
        var (left, rests) = (0L, 0);
        for (var now = 0L; now < 60 * Second; now += 10 * Draw.Millisecond)
        {
            var next = rest.Left(now);
            rests += left == 0 && next > 0 ? 1 : 0;
            Assert.True(next <= 8 * Second);
            left = next;
        }

        Assert.InRange(rests, 6, 30);
    }

    [Fact]
    public void Whether_it_sleeps_is_written_down_and_read_again()
    {
        var arguments = new SimArguments { Seed = 5, Sleep = "off" };
        Assert.Null(arguments.Read(out var options, out _));
        Assert.False(options.Sleeps);
        Assert.EndsWith(" --sleep off", options.Arguments, StringComparison.Ordinal);
        Assert.Equal(
            "--sleep is 'no'; it must be on or off", (arguments with { Sleep = "no" }).Read(out _, out _));
    }

    private void Sleeps(int node, Role role, double second) => _watch.Sleeps(
        node,
        new ReplicaStatus(
            new NodeId((ulong)node + 1), role, new Term(2), new NodeId(1), default, default, default,
            default),
        Three, _clock, (long)(second * Second));
}
