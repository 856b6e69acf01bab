using System.Globalization;
using System.Text;

namespace Ikada.Server;

/// <summary>Prometheus' text format, version 0.0.4.</summary>
internal static class MetricText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>All families by name, each once.</summary>
    public static string Of(IEnumerable<MetricFamily> families)
    {
        var text = new StringBuilder();
        foreach (var family in families.OrderBy(one => one.Name, StringComparer.Ordinal))
        {
            if (family.Points.Count > 0)
            {
                Append(text, family);
            }
        }

        return text.ToString();
    }

    /// <summary>A name of OpenTelemetry as Prometheus has it: unit and kind at its end.</summary>
    public static string Name(string name, string? unit, MetricKind kind)
    {
        var text = Sanitized(name);
        var suffix = unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            _ => "",
        };
        text = text.EndsWith(suffix, StringComparison.Ordinal) ? text : text + suffix;
        return kind != MetricKind.Counter || text.EndsWith("_total", StringComparison.Ordinal)
            ? text : text + "_total";
    }

    /// <summary>Tags as labels, by name.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in tags)
        {
            labels[Sanitized(name)] = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        }

        return string.Join(',', labels.Select(one => Label(one.Key, one.Value)));
    }

    public static string Label(string name, string value) =>
        $"{name}=\"{value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")}\"";

    private static void Append(StringBuilder text, MetricFamily family)
    {
        var help = family.Help.Replace("\\", "\\\\").Replace("\n", "\\n");
        text.Append(CultureInfo.InvariantCulture, $"# HELP {family.Name} {help}\n");
        text.Append(CultureInfo.InvariantCulture, $"# TYPE {family.Name} {Word(family.Kind)}\n");
        foreach (var (labels, point) in family.Points)
        {
            if (family.Kind == MetricKind.Histogram)
            {
                AppendHistogram(text, family, labels, point);
            }
            else
            {
                Sample(text, family.Name, labels, point.Value);
            }
        }
    }

    private static void AppendHistogram(
        StringBuilder text, MetricFamily family, string labels, in MetricPoint point)
    {
        var below = 0L;
        var before = labels.Length == 0 ? "" : labels + ",";
        for (var i = 0; i < family.Bounds!.Length; i++)
        {
            below += point.Buckets[i];
            Sample(text, family.Name + "_bucket", $"{before}le=\"{Number(family.Bounds[i])}\"", below);
        }

        Sample(text, family.Name + "_bucket", before + "le=\"+Inf\"", point.Count);
        Sample(text, family.Name + "_sum", labels, point.Value);
        Sample(text, family.Name + "_count", labels, point.Count);
    }

    private static void Sample(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');

    private static string Word(MetricKind kind) => kind switch
    {
        MetricKind.Counter => "counter",
        MetricKind.Gauge => "gauge",
        _ => "histogram",
    };

    private static string Sanitized(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var one in name)
        {
            text.Append(char.IsAsciiLetterOrDigit(one) ? one : '_');
        }

        return name.Length > 0 && char.IsAsciiDigit(name[0]) ? "_" + text : text.ToString();
    }
}
