using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Ikada.Primitives;

namespace Ikada.Transport.Tests;

public sealed class MetricsTests
{
    private readonly IPEndPoint[] _endPoints = Cluster.FreeEndPoints(2);

    [Fact]
    public async Task Traffic_is_counted_for_each_peer_and_equal_on_both_sides()
    {
        using var ofA = new Meters();
        using var ofB = new Meters();
        await using var a = await Cluster.StartAsync(Cluster.Options(0, _endPoints), ofA);
        await using var b = await Cluster.StartAsync(Cluster.Options(1, _endPoints), ofB);
        await a.ConnectedAsync(1);
        await b.ConnectedAsync(0);
        for (ulong i = 1; i <= 10; i++)
        {
            var (message, entries) = Cluster.Append(0, 1, i, 1000);
            Assert.True(a.Send(message, entries));
        }

        a.Transport.Flush();
        await Cluster.UntilAsync(() => b.Recorder.Messages.Count == 10, () => b.Log.Text);
        var sent = (60 + 68 + 18 + 1000) * 10;
        await Cluster.UntilAsync(
            () => ofA.Read("ikada.peer.sent", ("peer", "a1")) == sent, () => ofA.Text);
        Assert.Equal(10, ofA.Read("ikada.peer.sent.frames", ("peer", "a1")));
        Assert.Equal(0, ofA.Read("ikada.peer.received", ("peer", "a1")));
        Assert.Equal(sent, ofB.Read("ikada.peer.received", ("peer", "a0")));
        Assert.Equal(10, ofB.Read("ikada.peer.received.frames", ("peer", "a0")));
        Assert.Equal(1, ofA.Read("ikada.peer.connected", ("peer", "a1")));
        Assert.Equal(
            1,
            ofA.Read(
                "ikada.peer.connections", ("peer", "a1"), ("direction", "outgoing"), ("use", "messages")));
        Assert.Equal(
            1,
            ofA.Read(
                "ikada.peer.connections", ("peer", "a1"), ("direction", "incoming"), ("use", "messages")));
        Assert.Equal(0, ofA.Read("ikada.peer.queue.size", ("peer", "a1")));
        Assert.InRange(ofA.Read("ikada.peer.round_trip", ("peer", "a1")), 1e-6, 1);

        var (waiting, body) = Cluster.Append(0, 1, 11, 1000);
        Assert.True(a.Send(waiting, body));
        Assert.Equal(sent / 10, ofA.Read("ikada.peer.queue.size", ("peer", "a1")));
        await b.DisposeAsync();
        await Cluster.UntilAsync(
            () => ofA.Read("ikada.peer.connection.failures", ("peer", "a1"), ("reason", "lost")) == 1,
            () => ofA.Text);
        Assert.Equal(0, ofA.Read("ikada.peer.connected", ("peer", "a1")));
    }

    [Fact]
    public async Task Failures_and_refusals_are_counted_by_reason()
    {
        using var ofA = new Meters();
        using var ofB = new Meters();
        var nowhere = new PeerAddress(Cluster.Node(2), new DnsEndPoint("no-such-host.invalid", 1));
        var options = Cluster.Options(0, _endPoints);
        await using var a =
            await Cluster.StartAsync(options with { Peers = [.. options.Peers, nowhere] }, ofA);
        await CountedAsync(ofA, "ikada.peer.connection.failures", ("peer", "a2"), ("reason", "name"));
        await CountedAsync(ofA, "ikada.peer.connection.failures", ("peer", "a1"), ("reason", "connect"));
        await using var b = await Cluster.StartAsync(
            Cluster.Options(1, _endPoints) with { Cluster = new ClusterId(0xBAD) }, ofB);
        await CountedAsync(ofA, "ikada.peer.connection.failures", ("peer", "a1"), ("reason", "refused"));
        await CountedAsync(ofB, "ikada.peer.refusals", ("reason", "WrongCluster"));
    }

    private static Task CountedAsync(Meters meters, string name, params (string, string)[] tags) =>
        Cluster.UntilAsync(() => meters.Read(name, tags) > 0, () => meters.Text);

    /// <summary>Keeps what the meters made by it tell.</summary>
    private sealed class Meters : IMeterFactory
    {
        private readonly ConcurrentDictionary<string, double> _values = new();
        private readonly MeterListener _listener = new();
        private readonly List<Meter> _meters = [];

        public Meters()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (_meters.Contains(instrument.Meter))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((which, value, tags, _) => Keep(which, value, tags));
            _listener.SetMeasurementEventCallback<double>(
                (which, value, tags, _) => Keep(which, value, tags));
            _listener.Start();
        }

        public string Text => string.Join('\n', _values);

        public Meter Create(MeterOptions options)
        {
            var meter = new Meter(options);
            _meters.Add(meter);
            return meter;
        }

        public double Read(string name, params (string Name, string Value)[] tags)
        {
            _listener.RecordObservableInstruments();
            return _values.GetValueOrDefault(Key(name, tags.Select(tag => $"{tag.Name}={tag.Value}")));
        }

        public void Dispose() => _listener.Dispose();

        private static string Key(string name, IEnumerable<string> tags) =>
            $"{name} {string.Join(' ', tags)}";

        private void Keep(
            Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var texts = new List<string>();
            foreach (var tag in tags)
            {
                texts.Add($"{tag.Key}={tag.Value}");
            }

            var isCounter = instrument is Counter<long>;
            _values.AddOrUpdate(
                Key(instrument.Name, texts), value, (_, former) => isCounter ? former + value : value);
        }
    }
}
