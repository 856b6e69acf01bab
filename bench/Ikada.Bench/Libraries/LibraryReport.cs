using System.Text;
using System.Text.Json;
using Ikada.Bench.Comparing;
using Ikada.Bench.Reporting;

namespace Ikada.Bench.Libraries;

/// <summary>A comparison of libraries as tables and as JSON.</summary>
internal sealed class LibraryReport(
    LibraryPlan plan, IReadOnlyDictionary<LibraryRow, List<LibrarySeries>> results)
{
    // By the sources of version 6.12.0; msync and pwrite in a trace of its system calls follow its commits.
    private const string Durability =
        "Durability is not equal. Ikada's answer follows `fdatasync` on a majority. DotNext's follows the "
        + "flush of the leader's log; its followers answer when the entry is in memory, and flush when they "
        + "know that it is committed. No option changes that. It has no sessions.";

    public required Machine Machine { get; init; }

    /// <summary>Of the machine, before and after.</summary>
    public required (string Before, string After) Load { get; init; }

    /// <summary>Which series ratios are of, and to which.</summary>
    public required (int Ours, int Theirs) Compared { get; init; }

    public string Markdown() => new StringBuilder()
        .Append(FormattableString.Invariant($"{Machine}. Load before {Load.Before}, after {Load.After}.\n\n"))
        .Append("Three processes, each with a node, over loopback TCP; clients are in the leader's, each ")
        .Append("with one command under way; the state machine counts. ")
        .Append(FormattableString.Invariant($"{plan.Rounds} rounds on fresh clusters by turns, each after "))
        .Append(FormattableString.Invariant($"{plan.WarmUp.TotalSeconds} s of load, "))
        .Append(FormattableString.Invariant($"{plan.Window.TotalSeconds} s a figure.\n\n"))
        .Append(Durability)
        .Append($"\n\nRatios of {plan.Kinds[Compared.Ours].Name} to {plan.Kinds[Compared.Theirs].Name}, ")
        .Append("the median of the rounds [lowest-highest]:\n\n")
        .Append(Ratios().Text())
        .Append("\nMedians [lowest-highest]; ms; CPU: microseconds of all three processes a command, its ")
        .Append("client included:\n\n")
        .Append(Rows().Text())
        .ToString();

    public string JsonText() => JsonSerializer.Serialize(
        new
        {
            Machine,
            LoadBefore = Load.Before,
            LoadAfter = Load.After,
            WindowSeconds = plan.Window.TotalSeconds,
            Rows = results.Select(one => new { one.Key.Clients, one.Key.Bytes, Series = one.Value }),
        },
        ResultFiles.Json);

    private TextTable Ratios()
    {
        var table = new TextTable("command, B", "clients", "throughput", "p50", "p99", "CPU");
        foreach (var (row, series) in results)
        {
            table.Add(
                $"{row.Bytes}", $"{row.Clients}", Ratio(series, one => one.PerSecond),
                Ratio(series, one => one.P50), Ratio(series, one => one.P99),
                Ratio(series, one => one.Cpu));
        }

        return table;
    }

    private string Ratio(List<LibrarySeries> series, Func<LibraryFigures, double> of) => Spread.Ratio(
        series[Compared.Ours].Rounds.Select(of), series[Compared.Theirs].Rounds.Select(of));

    private TextTable Rows()
    {
        var table = new TextTable(
            "command, B", "clients", "library", "commands/s", "p50", "p99", "max", "CPU");
        foreach (var (row, series) in results)
        {
            foreach (var one in series)
            {
                table.Add(
                    $"{row.Bytes}", $"{row.Clients}", one.Library,
                    Spread.Text(one.Rounds.Select(round => round.PerSecond), "F0"),
                    Middle(one, round => round.P50), Middle(one, round => round.P99),
                    Middle(one, round => round.Max), Middle(one, round => round.Cpu));
            }
        }

        return table;
    }

    private static string Middle(LibrarySeries series, Func<LibraryFigures, double> of) =>
        Spread.Number(Series.Middle(series.Rounds.Select(of)));
}
