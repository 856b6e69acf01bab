using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Ikada.Replica;

namespace Ikada.Node.Tests;

public sealed class LogMetricsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ikada-node-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task What_the_log_writes_and_syncs_and_reads_at_a_start_is_measured()
    {
        var seen = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name.StartsWith("ikada.log.", StringComparison.Ordinal))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
            seen.AddOrUpdate(instrument.Name, value, (_, before) => before + value));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) =>
            seen.AddOrUpdate(instrument.Name, value, (_, before) => before + value));
        listener.Start();
        await using (var one = await TestNode.StartAsync(_directory))
        {
            var outcome = await one.ProposeAsync(new string('x', 5000));
            Assert.Equal(OutcomeKind.Applied, outcome.Kind);
            listener.RecordObservableInstruments();
        }

        Assert.True(seen["ikada.log.sync.duration"] > 0);
        Assert.True(seen["ikada.log.batch.records"] >= 2);
        Assert.True(seen["ikada.log.batch.size"] > 5000);
        Assert.True(seen["ikada.log.written"] >= seen["ikada.log.batch.size"]);
        Assert.True(seen["ikada.log.segments"] >= 1);
        Assert.True(seen["ikada.log.tail.size"] > 5000);
        Assert.True(seen["ikada.log.recovery.duration"] > 0);
        seen.Clear();
        await using var again = await TestNode.StartAsync(_directory);
        Assert.True(seen["ikada.log.recovery.size"] > 5000);
    }
}
