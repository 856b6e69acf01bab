using System.Globalization;

namespace Ikada.Cli.Doctor;

/// <summary>A page of metrics in Prometheus' text format, as far as verdicts need it: single values and
/// histograms, summed over labels that are not asked for.</summary>
internal sealed class MetricReading
{
    private readonly List<(string Name, string Labels, double Value)> _samples = [];

    public static MetricReading Empty { get; } = new();

    public static MetricReading Parse(string page)
    {
        var reading = new MetricReading();
        foreach (var line in page.Split('\n'))
        {
            var blank = line.LastIndexOf(' ');
            if (blank <= 0 || line[0] == '#' || !double.TryParse(
                line.AsSpan(blank + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            {
                continue;
            }

            var series = line[..blank];
            var brace = series.IndexOf('{', StringComparison.Ordinal);
            reading._samples.Add(brace < 0
                ? (series, "", value)
                : (series[..brace], series[(brace + 1)..].TrimEnd('}'), value));
        }

        return reading;
    }

    /// <summary>The sum of the series of a name that have a label; null: there is none.</summary>
    public double? Sum(string name, string label = "")
    {
        var found = _samples.Where(
            one => one.Name == name && one.Labels.Contains(label, StringComparison.Ordinal)).ToList();
        return found.Count == 0 ? null : found.Sum(one => one.Value);
    }

    /// <summary>The values of a name by one of its labels.</summary>
    public IEnumerable<(string Label, double Value)> By(string name, string label)
    {
        var begin = label + "=\"";
        foreach (var (sample, labels, value) in _samples)
        {
            var at = labels.IndexOf(begin, StringComparison.Ordinal);
            if (sample == name && at >= 0)
            {
                var start = at + begin.Length;
                yield return (labels[start..labels.IndexOf('"', start)], value);
            }
        }
    }

    /// <summary>The least bound of a histogram below which a share of its values lies; null: it has
    /// none.</summary>
    public double? Quantile(string name, double share)
    {
        var buckets = By(name + "_bucket", "le")
            .Select(one => (
                Bound: one.Label == "+Inf" ? double.PositiveInfinity
                    : double.Parse(one.Label, CultureInfo.InvariantCulture),
                one.Value))
            .GroupBy(one => one.Bound, one => one.Value)
            .OrderBy(group => group.Key)
            .Select(group => (Bound: group.Key, Below: group.Sum()))
            .ToList();
        if (buckets is not [.., { Below: > 0 } all])
        {
            return null;
        }

        return buckets.First(bucket => bucket.Below >= share * all.Below).Bound;
    }
}
