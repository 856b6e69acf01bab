using Ikada.Primitives;
using Ikada.Simulation.Time;

namespace Ikada.Simulation.Tests;

public sealed class DrawTests
{
    [Fact]
    public void An_exponential_draw_has_about_its_mean_and_is_never_negative()
    {
        var random = new RandomSource(3);
        long sum = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var draw = random.Exponential(1_000_000);
            Assert.True(draw >= 0);
            sum += draw;
        }

        Assert.InRange(sum / 100_000, 900_000, 1_100_000);
    }

    [Fact]
    public void A_source_that_starts_afresh_gives_the_numbers_of_its_seed()
    {
        var random = new RandomSource(3);
        random.NextUInt64();
        random.Restart(8);
        Assert.Equal(new RandomSource(8).NextUInt64(), random.NextUInt64());
    }

    [Fact]
    public void A_fast_clock_shows_more_and_its_deadlines_come_sooner()
    {
        var clock = new NodeClock(500);
        Assert.Equal(500 + 1_000_000, clock.Read(1_000_000).Ticks);
        clock.SetRate(1_000_000, 1_100_000);
        var later = clock.Read(2_000_000);
        Assert.Equal(500 + 1_000_000 + 1_100_000, later.Ticks);

        var due = clock.GlobalTimeOf(later + TimeSpan.FromTicks(1_100_000), 2_000_000);
        Assert.InRange(due, 3_000_000, 3_000_002);
        Assert.True(clock.Read(due) >= later + TimeSpan.FromTicks(1_100_000));
    }

    [Fact]
    public void A_deadline_in_the_past_is_due_now_and_never_is_never()
    {
        var clock = new NodeClock(0);
        Assert.Equal(70, clock.GlobalTimeOf(new Instant(10), 70));
        Assert.Equal(long.MaxValue, clock.GlobalTimeOf(Instant.Never, 70));
    }
}
