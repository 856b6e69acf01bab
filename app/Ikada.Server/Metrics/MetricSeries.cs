namespace Ikada.Server;

/// <summary>What an instrument has measured under one set of tags. Safe for any thread.</summary>
internal sealed class MetricSeries(double[]? bounds)
{
    private readonly Lock _gate = new();
    private readonly long[] _buckets = bounds is null ? [] : new long[bounds.Length + 1];
    private double _value;
    private long _count;

    public void Add(double value)
    {
        lock (_gate)
        {
            _value += value;
        }
    }

    public void Set(double value)
    {
        lock (_gate)
        {
            _value = value;
        }
    }

    public void Observe(double value)
    {
        // Bounds are inclusive: a value belongs to the first that is not below it.
        var found = Array.BinarySearch(bounds!, value);
        lock (_gate)
        {
            _value += value;
            _count++;
            _buckets[found < 0 ? ~found : found]++;
        }
    }

    public MetricPoint Read()
    {
        lock (_gate)
        {
            return new MetricPoint(_value, _count, [.. _buckets]);
        }
    }
}

/// <summary>What a series held when it was read.</summary>
/// <param name="Value">The value, or the sum of what a histogram was given.</param>
/// <param name="Count">How many values a histogram was given.</param>
/// <param name="Buckets">How many of them fell between two bounds.</param>
internal readonly record struct MetricPoint(double Value, long Count, long[] Buckets);
