namespace Ikada.Server;

/// <summary>What Prometheus tells apart.</summary>
internal enum MetricKind
{
    /// <summary>Only grows, until the process ends.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>How many values fell below each bound.</summary>
    Histogram,
}

/// <summary>One name on the page, with all its series.</summary>
/// <param name="Name">As Prometheus allows it.</param>
/// <param name="Kind">Its type.</param>
/// <param name="Help">What it is, in a line.</param>
/// <param name="Bounds">Of a histogram: inclusive, ascending.</param>
internal sealed record MetricFamily(string Name, MetricKind Kind, string Help, double[]? Bounds = null)
{
    private readonly SortedDictionary<string, MetricPoint> _points = new(StringComparer.Ordinal);

    /// <summary>Its series by their labels, as they stand between the braces.</summary>
    public IReadOnlyDictionary<string, MetricPoint> Points => _points;

    /// <summary>Takes in a series. Of two with the same labels, of meters of the same name, counters and
    /// histograms are summed.</summary>
    public MetricFamily Add(string labels, MetricPoint point)
    {
        _points[labels] = Kind != MetricKind.Gauge && _points.TryGetValue(labels, out var other)
            ? new MetricPoint(
                other.Value + point.Value,
                other.Count + point.Count,
                [.. other.Buckets.Zip(point.Buckets, (one, another) => one + another)])
            : point;
        return this;
    }

    /// <summary>Takes in a single value.</summary>
    public MetricFamily Add(double value, string labels = "") =>
        Add(labels, new MetricPoint(value, 0, []));
}
