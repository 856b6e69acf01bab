using System.CommandLine;
using System.Diagnostics;
using Ikada.Bench.Clients;
using Ikada.Bench.Clusters;
using Ikada.Bench.Libraries;
using Ikada.Bench.Limits;
using Ikada.Bench.Reporting;

namespace Ikada.Bench.Comparing;

/// <summary>Ikada beside etcd.</summary>
internal static class CompareCommand
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    private static string Ids => string.Join(", ", Row.All.Select(row => row.Id).Distinct());

    public static Command Create()
    {
        var common = new ServerOptions();
        var seconds = Options.Seconds(4);
        var warmUp = Options.WarmUp(5);
        var rounds = Options.Whole("--rounds", "Fresh clusters of each, by turns, 1 to 100", 3);
        var keys = Options.Whole("--keys", "Keys that are there first, 1000 to 100000000", 100_000);
        var nodes = Options.Whole("--nodes", "Servers of a cluster, 1 to 7", 3);
        var only = Options.Text(
            "--only", "LIST",
            $"Only these, with commas between: {Ids}; put:64 for those with so many clients.");
        var etcd = new Command("etcd", "Ikada and etcd by turns, on the same disk, by the same client.")
        {
            seconds, warmUp, rounds, keys, nodes, only,
        };
        common.AddTo(etcd);
        etcd.SetAction(async (parsed, _) =>
        {
            var plan = new ComparePlan(
                common.Both(parsed), Chosen(parsed.GetValue(only)), Options.Value(parsed, rounds, 1, 100),
                Options.Value(parsed, nodes, 1, 7), Options.Value(parsed, keys, 1000, 100_000_000),
                Options.WarmUp(parsed, warmUp), Settling, Options.Window(parsed, seconds),
                common.Where(parsed));
            await RunAsync(plan, common.Results(parsed));
        });
        return new Command("compare", "Measures Ikada beside another system.")
        {
            etcd, DotNextCommand.Create(),
        };
    }

    private static async Task RunAsync(ComparePlan plan, string results)
    {
        var before = Machine.Load();
        var client = ClientCommand.Microseconds(TimeSpan.FromSeconds(1));
        var figures = await Steps.ShowAsync(tell => new CompareRun(plan, tell).RunAsync());
        var report = new CompareReport(plan, figures)
        {
            Machine = Machine.Now(),
            Load = (before, Machine.Load()),
            ClientMicroseconds = client,
            Versions = [.. plan.Kinds.Select(VersionOf)],
            Limits = LimitFigures.Read(results),
        };
        ResultFiles.Write(results, "compare-etcd", report.Markdown(), report.JsonText());
    }

    private static List<Row> Chosen(string? only)
    {
        var chosen = new List<Row>();
        foreach (var part in only?.Split(',', StringSplitOptions.TrimEntries) ?? [])
        {
            var found = Row.All.Where(row => row.Id == part || $"{row.Id}:{row.Clients}" == part).ToList();
            chosen.AddRange(found.Count > 0 ? found : throw new BenchException(
                $"--only: '{part}' is none of {Ids}"));
        }

        return only is null ? [.. Row.All] : chosen;
    }

    private static string VersionOf(ServerKind kind)
    {
        using var process = Process.Start(new ProcessStartInfo(kind.Program, ["--version"])
        {
            RedirectStandardOutput = true,
        })!;
        var line = process.StandardOutput.ReadLine() ?? kind.Name;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return line;
    }
}
