using System.CommandLine;
using System.Text;
using System.Text.Json;
using Ikada.Bench.Libraries;
using Ikada.Bench.Reporting;

namespace Ikada.Bench.Scaling;

/// <summary>Throughput as something grows, in tables and plots.</summary>
internal static class ScaleCommand
{
    // Of both: etcd's own 2 GiB would be full.
    private const string Quota = "--quota-backend-bytes=68719476736";

    private static string Ids => string.Join(", ", Axis.All.Select(axis => axis.Id));

    public static Command Create()
    {
        var common = new ServerOptions();
        var library = DotNextCommand.Node("--library-node");
        var only = Options.Text("--only", "LIST", $"Only as these grow, with commas between: {Ids}.");
        var full = new Option<bool>("--full")
        {
            Description = "All points: 10 thousand to 10 million keys, 1 to 7 nodes, 1 to 1000 groups, "
                + "values of 16 B to 1 MB, 1 to 4000 clients. Takes some two hours and 60 GiB.",
        };
        var seconds = Options.Seconds(2);
        var warmUp = Options.WarmUp(3);
        var command = new Command("scale", "Throughput as data, clients, nodes, groups and values grow.")
        {
            only, full, seconds, warmUp, library,
        };
        common.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            var plan = new ScalePlan(
                [.. common.Both(parsed).Select(kind => kind with { Flags = [.. kind.Flags, Quota] })],
                DotNextCommand.Program(parsed, library), Chosen(parsed.GetValue(only)),
                parsed.GetValue(full), Options.WarmUp(parsed, warmUp), Options.Window(parsed, seconds),
                common.Where(parsed));
            await RunAsync(plan, common.Results(parsed));
        });
        return command;
    }

    private static async Task RunAsync(ScalePlan plan, string results)
    {
        var before = Machine.Load();
        var curves = await Steps.ShowAsync(tell => new ScaleRun(plan, tell).RunAsync());
        var (machine, after) = (Machine.Now(), Machine.Load());
        var text = new StringBuilder()
            .Append(FormattableString.Invariant($"{machine}. Load before {before}, after {after}. "))
            .Append("Three nodes but where nodes grow; requests to the leader; operations a second, over ")
            .Append(FormattableString.Invariant($"{plan.Window.TotalSeconds} s a point:\n"));
        Directory.CreateDirectory(results);
        foreach (var (axis, lines) in curves)
        {
            var picture = $"scale-{axis.Id}.svg";
            File.WriteAllText(Path.Combine(results, picture), ScalePlot.Svg(axis, lines));
            text.Append($"\n## {axis.Title}\n\n![{axis.Title}]({picture})\n\n")
                .Append(Table(axis, lines).Text());
        }

        var json = JsonSerializer.Serialize(
            new
            {
                machine, loadBefore = before, loadAfter = after,
                axes = curves.Select(one => new
                {
                    one.Key.Id,
                    curves = one.Value.Select(curve => new
                    {
                        curve.Name, points = curve.Points.Select(point => new { point.At, point.PerSecond }),
                    }),
                }),
            },
            ResultFiles.Json);
        ResultFiles.Write(results, "scale", text.ToString(), json);
    }

    private static TextTable Table(Axis axis, List<Curve> curves)
    {
        var table = new TextTable([axis.Unit, .. curves.Select(curve => curve.Name)]);
        foreach (var point in curves[0].Points.Select(point => point.At))
        {
            table.Add(
            [
                Axis.Text(point),
                .. curves.Select(curve => TextTable.Number(
                    curve.Points.First(one => one.At == point).PerSecond, "F0")),
            ]);
        }

        return table;
    }

    private static List<Axis> Chosen(string? only)
    {
        var chosen = only?.Split(',', StringSplitOptions.TrimEntries);
        return chosen?.FirstOrDefault(id => Axis.All.All(axis => axis.Id != id)) is { } unknown
            ? throw new BenchException($"--only: '{unknown}' is none of {Ids}")
            : [.. Axis.All.Where(axis => chosen?.Contains(axis.Id) ?? true)];
    }
}
