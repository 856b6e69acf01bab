using Ikada.Bench.Comparing;

namespace Ikada.Bench.Reporting;

/// <summary>Figures of several rounds as text.</summary>
internal static class Spread
{
    /// <summary>The median [lowest-highest].</summary>
    public static string Text(IEnumerable<double> values, string form)
    {
        var all = values.ToList();
        return $"{TextTable.Number(Series.Middle(all), form)} "
            + $"[{TextTable.Number(all.Min(), form)}-{TextTable.Number(all.Max(), form)}]";
    }

    /// <summary>Ratios taken round by round, where what the machine did to both cancels out; empty without
    /// any.</summary>
    public static string Ratio(IEnumerable<double> ours, IEnumerable<double> theirs)
    {
        var ratios = ours.Zip(theirs).Where(pair => pair.Second > 0)
            .Select(pair => pair.First / pair.Second).ToList();
        return ratios.Count == 0 ? "" : Text(ratios, "F2");
    }

    /// <summary>Three digits that matter.</summary>
    public static string Number(double value) =>
        TextTable.Number(value, value >= 100 ? "F0" : value >= 10 ? "F1" : "F2");
}
