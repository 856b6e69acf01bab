using System.Diagnostics;
using Ikada.Cli.Logs;
using Ikada.Node.Disk;

namespace Ikada.Cli.Tests.Logs;

public sealed class BenchTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ikada-bench-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(1, 1, false)]
    [InlineData(7, 1, true)]
    [InlineData(1, 5, true)]
    public void Records_are_counted_with_the_syncs_that_carried_them(
        int batch, int writers, bool hasDiskThread)
    {
        var duration = TimeSpan.FromMilliseconds(200);
        var options = new BenchOptions(300, batch, writers, duration, hasDiskThread);
        using var disk = new FileDisk(Path.Combine(_directory, "log"));
        var result = new LogBench(options, disk).Run(_ => { }, TestContext.Current.CancellationToken);
        Assert.True(result.Took >= options.Duration);
        Assert.True(result.Records > 0);
        if (writers == 1)
        {
            // A lone writer waits for each sync, so each carries exactly what it appended at once.
            Assert.Equal(result.Batches * batch, result.Records);
            Assert.InRange(result.Latencies.Count - result.Batches, -1, 1);
        }
        else
        {
            Assert.InRange(result.Records, result.Batches, result.Batches * writers);
        }

        // A batch: header, table, record headers, bodies, trailer, in whole sectors.
        Assert.Equal(0, result.BatchBytes % 512);
        Assert.True(result.BatchBytes >= result.Records * (300 + 40));
        Assert.True(result.Latencies.At(0.5) <= result.Latencies.At(1));
    }

    [Fact]
    public void The_share_of_a_latency_is_the_time_that_it_did_not_exceed()
    {
        var latencies = new Latencies();
        for (var i = 100; i >= 1; i--)
        {
            latencies.Add(i * Stopwatch.Frequency / 1000);
        }

        Assert.Equal(50, latencies.At(0.5).TotalMilliseconds);
        Assert.Equal(99, latencies.At(0.99).TotalMilliseconds);
        Assert.Equal(100, latencies.At(1).TotalMilliseconds);
        Assert.Equal(1, latencies.At(0).TotalMilliseconds);
        Assert.Equal(TimeSpan.Zero, new Latencies().At(0.5));
    }

    [Theory]
    [InlineData(1, 1, "fit")]
    [InlineData(1, 120, "slow")] // the worst of a thousand comes later than the next heartbeat
    [InlineData(20, 20, "slow")]
    [InlineData(100, 100, "unfit")]
    public void The_verdict_compares_with_the_heartbeat_interval(int p99, int worst, string verdict)
    {
        var latencies = new Latencies();
        for (var i = 0; i < 1000; i++)
        {
            latencies.Add((i < 980 ? 1 : i < 995 ? p99 : worst) * Stopwatch.Frequency / 1000);
        }

        var result = new BenchResult(
            new BenchOptions(1, 1, 1, TimeSpan.FromSeconds(1)), TimeSpan.FromSeconds(1), latencies)
        {
            Records = 1000, Batches = 1000, BatchBytes = 512_000, PreparedBytes = 0,
        };
        Assert.Equal(verdict, BenchReport.Verdict(result).Word);
        var output = new StringWriter();
        BenchReport.Write(output, result, asJson: false);
        Assert.Contains(
            $"verdict   {verdict} for consensus: p99", output.ToString(), StringComparison.Ordinal);
    }
}
