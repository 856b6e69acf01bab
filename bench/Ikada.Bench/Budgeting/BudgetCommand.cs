using System.CommandLine;
using System.Text;
using System.Text.Json;
using Ikada.Bench.Comparing;
using Ikada.Bench.Reporting;

namespace Ikada.Bench.Budgeting;

/// <summary>Where the processor time of a put goes, thread by thread.</summary>
internal static class BudgetCommand
{
    // What rounds to nothing in the table.
    private const double LeastMicroseconds = 0.05;

    public static Command Create()
    {
        var common = new ServerOptions();
        var clients = Options.Whole("--clients", "Puts under way at once, 1 to 10000", 256);
        var rounds = Options.Whole("--rounds", "Fresh clusters of each, by turns, 1 to 100", 3);
        var seconds = Options.Seconds(4);
        var warmUp = Options.WarmUp(5);
        var command = new Command("budget", "Processor time of a put by threads, on leader and follower.")
        {
            clients, rounds, seconds, warmUp,
        };
        common.AddTo(command);
        command.SetAction(async (parsed, _) => await RunAsync(
            new BudgetPlan(
                common.Both(parsed), Options.Value(parsed, clients, 1, 10_000),
                Options.Value(parsed, rounds, 1, 100), Options.WarmUp(parsed, warmUp),
                Options.Window(parsed, seconds), common.Where(parsed)),
            common.Results(parsed)));
        return command;
    }

    private static async Task RunAsync(BudgetPlan plan, string results)
    {
        var before = Machine.Load();
        var figures = await Steps.ShowAsync(tell => new BudgetRun(plan, tell).RunAsync());
        var (machine, after) = (Machine.Now(), Machine.Load());
        var text = new StringBuilder()
            .Append(FormattableString.Invariant($"{machine}. Load before {before}, after {after}. "))
            .Append($"Puts of 256 B by {plan.Clients} clients, three servers; microseconds of processor ")
            .Append($"time and thread switches a put; medians of {plan.Rounds} rounds on fresh clusters:\n");
        foreach (var kind in plan.Kinds)
        {
            var own = figures.Where(one => one.Servers == kind.Name).ToList();
            var rate = Series.Middle(own.Select(one => one.PerSecond));
            text.Append($"\n{kind.Name}, {TextTable.Number(rate, "F0")} puts/s:\n\n")
                .Append(Table(own).Text());
        }

        var json = JsonSerializer.Serialize(
            new { machine, loadBefore = before, loadAfter = after, plan.Clients, figures },
            ResultFiles.Json);
        ResultFiles.Write(results, "budget", text.ToString(), json);
    }

    private static TextTable Table(List<BudgetFigures> rounds)
    {
        var table = new TextTable("threads", "leader us", "switches", "follower us", "switches");
        var names = rounds.SelectMany(one => one.Leader.Keys.Concat(one.Follower.Keys)).Distinct()
            .Select(name => (
                Name: name, Leader: Of(one => one.Leader, name), Follower: Of(one => one.Follower, name)))
            .OrderByDescending(one => one.Leader.Microseconds).ToList();
        foreach (var (name, leader, follower) in names)
        {
            if (leader.Microseconds + follower.Microseconds >= LeastMicroseconds)
            {
                Add(table, name, leader, follower);
            }
        }

        Add(
            table, "all", names.Select(one => one.Leader).Aggregate((one, other) => one + other),
            names.Select(one => one.Follower).Aggregate((one, other) => one + other));
        return table;

        ThreadUse Of(Func<BudgetFigures, Dictionary<string, ThreadUse>> side, string name) => new(
            Series.Middle(rounds.Select(one => side(one).GetValueOrDefault(name).Microseconds)),
            Series.Middle(rounds.Select(one => side(one).GetValueOrDefault(name).Switches)));
    }

    private static void Add(TextTable table, string name, ThreadUse leader, ThreadUse follower) => table.Add(
        name, TextTable.Number(leader.Microseconds, "F1"), TextTable.Number(leader.Switches, "F2"),
        TextTable.Number(follower.Microseconds, "F1"), TextTable.Number(follower.Switches, "F2"));
}
