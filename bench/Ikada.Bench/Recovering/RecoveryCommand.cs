using System.CommandLine;
using System.Text;
using System.Text.Json;
using Ikada.Bench.Clusters;
using Ikada.Bench.Comparing;
using Ikada.Bench.Reporting;

namespace Ikada.Bench.Recovering;

/// <summary>How soon a node that was away serves again, and has what it missed.</summary>
internal static class RecoveryCommand
{
    private static readonly (string Name, Func<RecoveryFigures, double> Of)[] Figures =
    [
        ("keys written, s", one => one.FillSeconds),
        ("memory of a node, MiB", one => one.MemoryMiB),
        ("restart to the first read, s", one => one.RestartToRead),
        ("restart to the first write, s", one => one.RestartToWrite),
        ("few missed: caught up, s", one => one.CaughtUpFew),
        ("many missed: caught up, s", one => one.CaughtUpMany),
    ];

    public static Command Create()
    {
        var common = new ServerOptions();
        var rounds = Options.Whole("--rounds", "Fresh clusters of each, by turns, 1 to 100", 3);
        var keys = Options.Whole("--keys", "Keys of 256 B each, 1000 to 100000000", 1_000_000);
        var few = Options.Whole("--missed-few", "Writes missed that the log still has, 1 to 100000", 4000);
        var many = Options.Whole("--missed-many", "Writes missed, 1 to 100000000", 1_000_000);
        var command = new Command("recovery", "How soon a follower of either is back after kill -9.")
        {
            rounds, keys, few, many,
        };
        common.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            var plan = new RecoveryPlan(
                common.Both(parsed), Options.Value(parsed, rounds, 1, 100),
                Options.Value(parsed, keys, 1000, 100_000_000), Options.Value(parsed, few, 1, 100_000),
                Options.Value(parsed, many, 1, 100_000_000), common.Where(parsed));
            var before = Machine.Load();
            var figures = await Steps.ShowAsync(tell => new RecoveryRun(plan, tell).RunAsync());
            var (machine, after) = (Machine.Now(), Machine.Load());
            var json = JsonSerializer.Serialize(
                new
                {
                    machine, loadBefore = before, loadAfter = after, plan.Keys, plan.MissedFew,
                    plan.MissedMany, figures,
                },
                ResultFiles.Json);
            ResultFiles.Write(
                common.Results(parsed), "recovery", Markdown(plan, machine, before, after, figures), json);
        });
        return command;
    }

    private static string Markdown(
        RecoveryPlan plan, Machine machine, string before, string after, List<RecoveryFigures> figures)
    {
        var table = new TextTable("what", "ikada", "etcd", "ratio");
        foreach (var (name, of) in Figures)
        {
            var (ours, theirs) = (Values(ServerKind.Ikada, of), Values(ServerKind.Etcd, of));
            table.Add(
                name, Text(ours), Text(theirs), Text([.. ours.Zip(theirs, (one, other) => one / other)]));
        }

        return new StringBuilder()
            .Append($"{machine}. Load before {before}, after {after}. ")
            .Append($"{plan.Keys} keys of 256 B, {plan.MissedFew} and {plan.MissedMany} writes missed; a ")
            .Append("follower is killed by kill -9 and started; one writer goes on while it catches up. ")
            .Append($"Median of {plan.Rounds} rounds [lowest-highest]:\n\n")
            .Append(table.Text()).ToString();

        List<double> Values(string servers, Func<RecoveryFigures, double> of) =>
            [.. figures.Where(one => one.Servers == servers).Select(of)];
    }

    private static string Text(List<double> values) =>
        $"{TextTable.Number(Series.Middle(values), "F2")} "
        + $"[{TextTable.Number(values.Min(), "F2")}-{TextTable.Number(values.Max(), "F2")}]";
}
