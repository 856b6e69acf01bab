using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Ikada.Server;

/// <summary>Listens to the meters of the process: the library's, the server's, Kestrel's and the
/// runtime's.</summary>
internal sealed class MetricCollector : IDisposable
{
    // They measure each request once more, which the counts of calls do already, at a price that a busy
    // server would feel.
    private static readonly string[] Unheard =
        ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Routing", "System.Net.Http",
        "kestrel.queued_requests"];

    private readonly Lock _collecting = new();
    private readonly ConcurrentDictionary<Instrument, MetricInstrument> _instruments = new();
    private readonly MeterListener _listener = new();

    public MetricCollector()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!Unheard.Contains(instrument.Meter.Name) && !Unheard.Contains(instrument.Name))
            {
                listener.EnableMeasurementEvents(
                    instrument, _instruments.GetOrAdd(instrument, one => new MetricInstrument(one)));
            }
        };
        _listener.MeasurementsCompleted = (instrument, state) =>
            _instruments.TryRemove(KeyValuePair.Create(instrument, (MetricInstrument)state!));
        Hear<double>(static value => value);
        Hear<float>(static value => value);
        Hear<long>(static value => value);
        Hear<int>(static value => value);
        Hear<short>(static value => value);
        Hear<byte>(static value => value);
        Hear<decimal>(static value => (double)value);
        _listener.Start();
    }

    /// <summary>All that has been measured, by instrument.</summary>
    public IReadOnlyList<MetricInstrument> Collect()
    {
        lock (_collecting)
        {
            foreach (var instrument in _instruments.Values)
            {
                instrument.Forget();
            }

            _listener.RecordObservableInstruments();
            return [.. _instruments.Values];
        }
    }

    /// <summary>What was collected, under the names that Prometheus gives it.</summary>
    public static Dictionary<string, MetricFamily> Families(IReadOnlyList<MetricInstrument> instruments)
    {
        var families = new Dictionary<string, MetricFamily>(StringComparer.Ordinal);
        var lost = new MetricFamily(
            "ikada_metrics_lost_total", MetricKind.Counter, "Measurements of more than "
            + $"{MetricInstrument.SeriesMax} series of an instrument").Add(0);
        families.Add(lost.Name, lost);
        foreach (var instrument in instruments)
        {
            lost.Add(instrument.Lost);
            var name = MetricText.Name(instrument.Name, instrument.Unit, instrument.Kind);
            if (!families.TryGetValue(name, out var family))
            {
                family = new MetricFamily(name, instrument.Kind, instrument.Help, instrument.Bounds);
                families.Add(name, family);
            }

            // Two meters may differ in what they call by one name; the first one's is told.
            if (family.Kind == instrument.Kind && family.Bounds?.Length == instrument.Bounds?.Length)
            {
                foreach (var (tags, point) in instrument.Read())
                {
                    family.Add(MetricText.Labels(tags.Span), point);
                }
            }
        }

        return families;
    }

    public void Dispose() => _listener.Dispose();

    private void Hear<T>(Func<T, double> number)
        where T : struct =>
        _listener.SetMeasurementEventCallback<T>((_, value, tags, instrument) =>
            ((MetricInstrument)instrument!).Record(number(value), tags));
}
