using Ikada.Load.Running;

namespace Ikada.Load.Tests;

public class LatencyHistogramTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(1_234_567)]
    [InlineData(3_600_000_000_000)]
    public void A_time_is_told_to_within_a_128th(long nanoseconds)
    {
        var histogram = new LatencyHistogram();
        histogram.Record(nanoseconds);
        histogram.Record(nanoseconds * 2);
        Assert.InRange(histogram.Percentile(0.5), nanoseconds, nanoseconds + (nanoseconds / 128));
        Assert.Equal(2 * nanoseconds, histogram.Percentile(1));
    }

    [Fact]
    public void Percentiles_count_all_that_was_recorded_and_added()
    {
        var (one, other) = (new LatencyHistogram(), new LatencyHistogram());
        for (var i = 1; i <= 100; i++)
        {
            (i % 2 == 0 ? one : other).Record(i);
        }

        one.Add(other);
        Assert.Equal(100, one.Count);
        Assert.Equal([50, 90, 99, 100], [.. new[] { 0.5, 0.9, 0.99, 1 }.Select(one.Percentile)]);
        Assert.Equal(100, one.MaxNanoseconds);
    }

    [Fact]
    public void Without_any_time_all_is_zero() => Assert.Equal(0, new LatencyHistogram().Percentile(0.99));

    [Fact]
    public void The_longest_time_there_is_has_a_class()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(long.MaxValue);
        Assert.Equal(long.MaxValue, histogram.Percentile(0.5));
    }
}
