using System.Text;
using System.Text.Json;
using Ikada.Bench.Limits;
using Ikada.Bench.Reporting;

namespace Ikada.Bench.Comparing;

/// <summary>A comparison as tables and as JSON.</summary>
internal sealed class CompareReport(ComparePlan plan, IReadOnlyDictionary<Row, List<Series>> results)
{
    public required Machine Machine { get; init; }

    /// <summary>Of the machine, before and after.</summary>
    public required (string Before, string After) Load { get; init; }

    /// <summary>Of the client alone, a call, against a server that does nothing.</summary>
    public required double ClientMicroseconds { get; init; }

    /// <summary>Versions of the two, as they tell them.</summary>
    public required IReadOnlyList<string> Versions { get; init; }

    /// <summary>What `limits` has measured last; null: it was not run.</summary>
    public required LimitFigures? Limits { get; init; }

    public string Markdown() => new StringBuilder()
        .Append(Invariant($"{Machine}.\n\n"))
        .Append(string.Join("; ", Versions))
        .Append(Invariant($"; {plan.Nodes} servers and the client on one machine, {plan.Keys} keys, "))
        .Append(Invariant($"values of {Row.ValueBytes} B, {plan.Rounds} rounds on fresh clusters by turns, "))
        .Append(Invariant($"each after {plan.WarmUp.TotalSeconds} s of reads and writes, "))
        .Append(Invariant($"{plan.Window.TotalSeconds} s a figure after {plan.Settling.TotalSeconds} s. "))
        .Append(Invariant($"Load of the machine before {Load.Before}, after {Load.After}. "))
        .Append(Invariant($"The client takes {ClientMicroseconds:F1} us of processor time a call "))
        .Append("against a server that does nothing.\n\n")
        .Append("Ratios ours to theirs, the median of the rounds [lowest-highest]:\n\n")
        .Append(Ratios().Text())
        .Append("\nMedians; ms; CPU: seconds of all servers for 100 000 operations; memory of all servers; ")
        .Append("bytes written to disk an operation:\n\n")
        .Append(Rows().Text())
        .Append(LimitsReached())
        .ToString();

    public string JsonText() => JsonSerializer.Serialize(
        new
        {
            Machine,
            Versions,
            LoadBefore = Load.Before,
            LoadAfter = Load.After,
            ClientMicroseconds,
            plan.Nodes,
            plan.Keys,
            WindowSeconds = plan.Window.TotalSeconds,
            Rows = results.Select(one => new
            {
                one.Key.Id, one.Key.Name, one.Key.Clients, Series = one.Value,
            }),
        },
        ResultFiles.Json);

    private string LimitsReached()
    {
        if (Limits is null)
        {
            return "\n`bench/run limits` has not been run: what share was reached is not told.\n";
        }

        using var own = JsonDocument.Parse(JsonText());
        return "\nShares of what `limits` has measured:\n\n" + Shares.Of(Limits, own).Text();
    }

    private TextTable Ratios()
    {
        var table = new TextTable("workload", "clients", "throughput", "p50", "p99", "CPU", "bytes written");
        foreach (var (row, series) in results)
        {
            table.Add(
                row.Name, Invariant($"{row.Clients}"),
                Ratio(series, one => one.PerSecond), Ratio(series, one => one.P50),
                Ratio(series, one => one.P99), Ratio(series, one => one.Cpu),
                Ratio(series, one => one.BytesWritten));
        }

        return table;
    }

    private TextTable Rows()
    {
        var table = new TextTable(
            "workload", "clients", "servers", "ops/s", "p50", "p90", "p99", "p99.9", "max", "CPU", "MiB",
            "B/op");
        foreach (var (row, series) in results)
        {
            foreach (var one in series.Where(one => one.Rounds.Count > 0))
            {
                table.Add(
                    row.Name, Invariant($"{row.Clients}"), one.Servers,
                    Spread.Text(one.Rounds.Select(figures => figures.PerSecond), "F0"),
                    Middle(one, figures => figures.P50), Middle(one, figures => figures.P90),
                    Middle(one, figures => figures.P99), Middle(one, figures => figures.P999),
                    Middle(one, figures => figures.Max), Middle(one, figures => figures.Cpu),
                    TextTable.Number(one.Median(figures => figures.MemoryMiB), "F0"),
                    TextTable.Number(one.Median(figures => figures.BytesWritten), "F0"));
            }
        }

        return table;
    }

    private static string Middle(Series series, Func<Figures, double> of) => Spread.Number(series.Median(of));

    private static string Ratio(List<Series> series, Func<Figures, double> of) =>
        Spread.Ratio(series[0].Rounds.Select(of), series[1].Rounds.Select(of));

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
