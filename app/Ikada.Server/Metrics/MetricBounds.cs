using System.Diagnostics.Metrics;

namespace Ikada.Server;

/// <summary>The bounds of histograms: those that an instrument advises, else by its unit.</summary>
internal static class MetricBounds
{
    // etcd's for its log, 1 ms doubled thirteen times, and some below: disks have become faster.
    private static readonly double[] LogSync = [0.0001, 0.0002, 0.0005, .. Doubled(0.001, 14)];

    /// <summary>etcd's for the time to a peer and back: 0.1 ms, doubled fifteen times.</summary>
    public static readonly double[] RoundTrip = Doubled(0.0001, 16);

    private static readonly double[] Seconds =
        [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

    private static readonly double[] Bytes =
        [64, 256, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 26, 1 << 28];

    private static readonly double[] Counts = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

    public static double[] Of(Instrument instrument) =>
        instrument switch
        {
            { Name: "ikada.log.sync.duration" } => LogSync,
            Instrument<double> { Advice.HistogramBucketBoundaries: { Count: > 0 } bounds } => [.. bounds],
            Instrument<long> { Advice.HistogramBucketBoundaries: { Count: > 0 } bounds } =>
                [.. bounds.Select(one => (double)one)],
            { Unit: "s" } => Seconds,
            { Unit: "By" } => Bytes,
            _ => Counts,
        };

    private static double[] Doubled(double first, int count) =>
        [.. Enumerable.Range(0, count).Select(i => first * Math.Pow(2, i))];
}
