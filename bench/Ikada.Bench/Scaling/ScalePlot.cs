using ScottPlot;

namespace Ikada.Bench.Scaling;

/// <summary>An axis as a picture.</summary>
internal static class ScalePlot
{
    private const int Width = 640;
    private const int Height = 360;

    /// <summary>Points stand side by side, whatever is between them: they grow by factors.</summary>
    public static string Svg(Axis axis, IReadOnlyList<Curve> curves)
    {
        using var plot = new Plot();
        var points = curves.SelectMany(curve => curve.Points).Select(point => point.At).Distinct().Order()
            .ToList();
        foreach (var curve in curves)
        {
            var line = plot.Add.Scatter(
                curve.Points.Select(point => (double)points.IndexOf(point.At)).ToArray(),
                curve.Points.Select(point => point.PerSecond).ToArray());
            line.LegendText = curve.Name;
            line.LineWidth = 2;
            line.MarkerSize = 6;
        }

        plot.Title(axis.Title, size: 14);
        plot.XLabel(axis.Unit);
        plot.YLabel("operations a second");
        plot.Axes.Bottom.SetTicks(
            [.. points.Select((_, at) => (double)at)], [.. points.Select(Axis.Text)]);
        plot.Axes.SetLimitsY(0, 1.1 * curves.Max(curve => curve.Points.Max(point => point.PerSecond)));
        plot.ShowLegend(Alignment.UpperRight);
        return plot.GetSvgXml(Width, Height);
    }
}
