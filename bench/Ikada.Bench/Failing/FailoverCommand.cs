using System.CommandLine;
using System.Text;
using System.Text.Json;
using Ikada.Bench.Clusters;
using Ikada.Bench.Comparing;
using Ikada.Bench.Reporting;

namespace Ikada.Bench.Failing;

/// <summary>How long no write is acknowledged when the leader fails.</summary>
internal static class FailoverCommand
{
    private static readonly string[] Timers =
        ["--heartbeat-interval=100", $"--election-timeout={FailoverRun.ElectionMilliseconds}"];

    public static Command Create()
    {
        var common = new ServerOptions();
        var trials = Options.Whole("--trials", "Faults of each kind, 1 to 1000", 20);
        var only = Options.Text("--only", "LIST", "Only these, with commas between: kill, stop, cut, calm.");
        var command = new Command(
            "failover", "How long no write is acknowledged when the leader of either fails. Needs root.")
        {
            trials, only,
        };
        common.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            var chosen = parsed.GetValue(only)?.Split(',', StringSplitOptions.TrimEntries)
                ?? ["kill", "stop", "cut", "calm"];
            var faults = Enum.GetValues<Fault>().Where(fault => chosen.Contains(Word(fault))).ToList();
            if (chosen.FirstOrDefault(word => word != "calm" && faults.All(fault => Word(fault) != word))
                is { } unknown)
            {
                throw new BenchException($"--only: '{unknown}' is none of kill, stop, cut, calm");
            }

            await RunAsync(
                common.Both(parsed), common.Where(parsed), Options.Value(parsed, trials, 1, 1000), faults,
                chosen.Contains("calm"), common.Results(parsed));
        });
        return command;
    }

    private static string Word(Fault fault) => fault switch
    {
        Fault.Kill => "kill",
        Fault.Stop => "stop",
        _ => "cut",
    };

    private static async Task RunAsync(
        IReadOnlyList<ServerKind> kinds,
        string where,
        int trials,
        List<Fault> faults,
        bool isCalmAsked,
        string results)
    {
        var before = Machine.Load();
        var (gaps, calm) = await Steps.ShowAsync(async tell =>
        {
            var (gaps, calm) = (new List<FaultSeries>(), new List<CalmSeries>());
            foreach (var kind in kinds)
            {
                var timed = kind with { Flags = [.. kind.Flags, .. Timers] };
                var run = new FailoverRun(timed, where, trials, tell);
                gaps.AddRange(faults.Count > 0 ? await run.FaultsAsync(faults) : []);
                calm.AddRange(isCalmAsked ? await run.CalmAsync() : []);
            }

            return (gaps, calm);
        });
        var machine = Machine.Now();
        var load = (Before: before, After: Machine.Load());
        var json = JsonSerializer.Serialize(
            new { machine, loadBefore = load.Before, loadAfter = load.After, gaps, calm }, ResultFiles.Json);
        ResultFiles.Write(results, "failover", Markdown(machine, load, gaps, calm), json);
    }

    private static string Markdown(
        Machine machine, (string Before, string After) load, List<FaultSeries> gaps, List<CalmSeries> calm)
    {
        var text = new StringBuilder()
            .Append($"{machine}. Load before {load.Before}, after {load.After}. ")
            .Append("Three servers, heartbeats of 100 ms, election timeout 1000 ms in both; one writer, ")
            .Append("100 ms each, then the next server. Longest time without one acknowledged, ms:\n\n");
        var faults = new TextTable("servers", "fault of the leader", "trials", "median", "lowest", "highest");
        gaps.ForEach(one => faults.Add(
            one.Servers, one.Fault, $"{one.Gaps.Count}", TextTable.Number(Series.Middle(one.Gaps), "F0"),
            TextTable.Number(one.Gaps.Min(), "F0"), TextTable.Number(one.Gaps.Max(), "F0")));
        var pauses = new TextTable("servers", "paused for 500 ms", "pauses", "elections");
        calm.ForEach(one => pauses.Add(one.Servers, one.Paused, $"{one.Pauses}", $"{one.Elections}"));
        return text.Append(gaps.Count > 0 ? faults.Text() : "").Append('\n')
            .Append(calm.Count > 0 ? pauses.Text() : "").ToString();
    }
}
