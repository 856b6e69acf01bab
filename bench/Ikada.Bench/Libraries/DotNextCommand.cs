using System.CommandLine;
using Ikada.Bench.Reporting;

namespace Ikada.Bench.Libraries;

/// <summary>The library beside DotNext.Net.Cluster.</summary>
internal static class DotNextCommand
{
    public static Command Create()
    {
        var (ikada, dotNext) = (Node("--library-node"), Node("--dotnext-node"));
        var seconds = Options.Seconds(2);
        var warmUp = Options.WarmUp(5);
        var rounds = Options.Whole("--rounds", "Fresh clusters of each, by turns, 1 to 100", 3);
        var clients = Options.Text("--clients", "LIST", "Only these: of 1, 64, 1024, 4096.");
        var where = Options.Text(
            "--dir", "DIR", "On the disk to measure (default: the directory for temporary files).");
        var results = Options.Text("--results", "DIR", "Where results go (default: bench/results).");
        var command = new Command(
            "dotnext", "The library and DotNext.Net.Cluster by turns, with clients in the leader's process.")
        {
            ikada, dotNext, seconds, warmUp, rounds, clients, where, results,
        };
        command.SetAction(async (parsed, _) =>
        {
            var (ours, theirs) = (Program(parsed, ikada), Program(parsed, dotNext));
            var plan = new LibraryPlan(
                [
                    new NodeKind("ikada", ours, "sessions"),
                    new NodeKind("ikada, no sessions", ours, "plain"),
                    new NodeKind("DotNext", theirs, "shared"),
                    new NodeKind("DotNext, private memory", theirs, "private"),
                ],
                Chosen(parsed.GetValue(clients)), Options.Value(parsed, rounds, 1, 100),
                Options.WarmUp(parsed, warmUp), Options.Window(parsed, seconds),
                parsed.GetValue(where) ?? Path.GetTempPath());
            await RunAsync(plan, parsed.GetValue(results) ?? Path.Combine("bench", "results"));
        });
        return command;
    }

    /// <summary>The option for a node's program.</summary>
    public static Option<string?> Node(string name) =>
        Options.Text(name, "PROGRAM", "The program of a node (bench/run: the one it has built).");

    /// <summary>The file that such an option names.</summary>
    public static string Program(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is { } program && File.Exists(program)
            ? Path.GetFullPath(program)
            : throw new BenchException(
                $"{option.Name}: '{parsed.GetValue(option)}' is no program; bench/run gives one");

    private static async Task RunAsync(LibraryPlan plan, string results)
    {
        var before = Machine.Load();
        var figures = await Steps.ShowAsync(tell => new LibraryRun(plan, tell).RunAsync());
        var report = new LibraryReport(plan, figures)
        {
            Machine = Machine.Now(),
            Load = (before, Machine.Load()),
            // DotNext has no sessions: without them both do the same.
            Compared = (1, 2),
        };
        ResultFiles.Write(results, "compare-dotnext", report.Markdown(), report.JsonText());
    }

    private static List<LibraryRow> Chosen(string? clients)
    {
        var wanted = clients?.Split(',', StringSplitOptions.TrimEntries);
        if (wanted?.FirstOrDefault(one => LibraryRow.All.All(row => $"{row.Clients}" != one)) is { } unknown)
        {
            throw new BenchException($"--clients: '{unknown}' is none of 1, 64, 1024, 4096");
        }

        return [.. LibraryRow.All.Where(row => wanted?.Contains($"{row.Clients}") ?? true)];
    }
}
