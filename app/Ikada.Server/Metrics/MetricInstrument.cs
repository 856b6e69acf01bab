using System.Diagnostics.Metrics;

namespace Ikada.Server;

/// <summary>All series of one instrument. How many there may be is bounded; what is beyond is counted as
/// lost.</summary>
internal sealed class MetricInstrument
{
    public const int SeriesMax = 1000;

    // The runtime makes these as counters, though they fall as well.
    private static readonly string[] Falling =
        ["dotnet.thread_pool.thread.count", "dotnet.thread_pool.queue.length"];

    private readonly Lock _gate = new();
    private readonly Dictionary<TagSet, MetricSeries> _series = new(new TagSetComparer());
    private readonly Instrument _instrument;
    private readonly MetricSeries _untagged;
    private bool _hasUntagged;

    public MetricInstrument(Instrument instrument)
    {
        _instrument = instrument;
        var type = instrument.GetType().GetGenericTypeDefinition();
        IsSum = type == typeof(Counter<>) || type == typeof(UpDownCounter<>);
        Kind = type == typeof(Histogram<>) ? MetricKind.Histogram
            : Falling.Contains(instrument.Name) ? MetricKind.Gauge
            : type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? MetricKind.Counter
            : MetricKind.Gauge;
        Bounds = Kind == MetricKind.Histogram ? MetricBounds.Of(instrument) : null;
        _untagged = new MetricSeries(Bounds);
    }

    public string Name => _instrument.Name;

    public string? Unit => _instrument.Unit;

    public string Help => _instrument.Description ?? _instrument.Name;

    public MetricKind Kind { get; }

    public double[]? Bounds { get; }

    /// <summary>Measurements that found no room for their series.</summary>
    public long Lost { get; private set; }

    private bool IsSum { get; }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (Find(tags) is not { } series)
        {
            return;
        }

        if (Kind == MetricKind.Histogram)
        {
            series.Observe(value);
        }
        else if (IsSum)
        {
            series.Add(value);
        }
        else
        {
            series.Set(value);
        }
    }

    /// <summary>Before an instrument is asked anew: what it does not tell any more is gone.</summary>
    public void Forget()
    {
        if (_instrument.IsObservable)
        {
            lock (_gate)
            {
                _series.Clear();
                _hasUntagged = false;
            }
        }
    }

    public IReadOnlyList<(TagSet Tags, MetricPoint Point)> Read()
    {
        lock (_gate)
        {
            var points = new List<(TagSet, MetricPoint)>();
            if (_hasUntagged)
            {
                points.Add((TagSet.None, _untagged.Read()));
            }

            foreach (var (tags, series) in _series)
            {
                points.Add((tags, series.Read()));
            }

            return points;
        }
    }

    private MetricSeries? Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            _hasUntagged = true;
            return _untagged;
        }

        lock (_gate)
        {
            var byTags = _series.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
            if (byTags.TryGetValue(tags, out var series))
            {
                return series;
            }

            if (_series.Count >= SeriesMax)
            {
                Lost++;
                return null;
            }

            series = new MetricSeries(Bounds);
            byTags[tags] = series;
            return series;
        }
    }
}
