using System.Diagnostics.Metrics;
using Ikada.Consensus;

namespace Ikada.Node.Tests;

public sealed class CollectorPausesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ikada-node-").FullName;
    private readonly KeptLog _log = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_collection_of_more_than_half_a_heartbeat_is_told_once_a_minute()
    {
        await using var one = await StartAsync(TimeSpan.FromMilliseconds(1));
        Collect();
        await one.ProposeAsync("a");
        var told = Assert.Single(_log.Lines(121));
        Assert.Equal(1.0, told["Heartbeat"]);
        Assert.True((double)told["Milliseconds"]! > 0.5);

        Collect();
        await one.ProposeAsync("b");
        Assert.Single(_log.Lines(121));
        Assert.True(Longest() > 0.0005);
    }

    [Fact]
    public async Task A_collection_of_less_than_half_a_heartbeat_is_not_told()
    {
        await using var one = await StartAsync(TimeSpan.FromSeconds(1));
        Collect();
        await one.ProposeAsync("a");
        Assert.True(Longest() > 0);
        Assert.Empty(_log.Lines(121));
    }

    // Enough that lives for the pause to be long.
    private static void Collect()
    {
        var living = new List<object>();
        for (var i = 0; i < 200_000; i++)
        {
            living.Add(new object());
        }

        GC.Collect(2, GCCollectionMode.Forced, blocking: true);
        GC.KeepAlive(living);
    }

    private static double Longest()
    {
        var longest = 0.0;
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == "ikada.gc.pause.longest")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        // Other tests have nodes as well, at the same time.
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => longest = Math.Max(longest, value));
        listener.Start();
        listener.RecordObservableInstruments();
        return longest;
    }

    private Task<TestNode> StartAsync(TimeSpan heartbeat) => TestNode.StartAsync(
        _directory,
        loggers: _log,
        options: TestNode.Options with
        {
            Consensus = new ConsensusOptions
            {
                HeartbeatInterval = heartbeat, ElectionTimeout = heartbeat * 3,
            },
        });
}
