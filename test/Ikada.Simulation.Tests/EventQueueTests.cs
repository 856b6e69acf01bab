using Ikada.Primitives;
using Ikada.Simulation.Time;

namespace Ikada.Simulation.Tests;

public sealed class EventQueueTests
{
    [Fact]
    public void Events_come_by_time_and_at_one_time_in_the_order_they_were_added()
    {
        var random = new RandomSource(7);
        var queue = new EventQueue();
        var expected = new List<(long Time, long Number)>();
        for (var number = 0; number < 5000; number++)
        {
            var time = random.Between(0, 200);
            expected.Add((time, number));
            queue.Add(time, new SimEvent { Number = number });
        }

        expected.Sort();
        foreach (var (time, number) in expected)
        {
            Assert.True(queue.TryTake(out var takenTime, out var taken));
            Assert.Equal((time, number), (takenTime, taken.Number));
        }

        Assert.False(queue.TryTake(out _, out _));
    }

    [Fact]
    public void Adding_and_taking_by_turns_keeps_the_order()
    {
        var random = new RandomSource(11);
        var queue = new EventQueue();
        var (now, number, last) = (0L, 0L, (Time: -1L, Number: -1L));
        for (var i = 0; i < 20_000; i++)
        {
            if (queue.Count < 3 || random.OneIn(2))
            {
                queue.Add(now + random.Between(0, 50), new SimEvent { Number = number++ });
                continue;
            }

            queue.TryTake(out now, out var taken);
            Assert.True(now > last.Time || (now == last.Time && taken.Number > last.Number));
            last = (now, taken.Number);
        }
    }
}
