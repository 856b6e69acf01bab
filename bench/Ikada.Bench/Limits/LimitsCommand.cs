using System.CommandLine;
using System.Text;
using System.Text.Json;
using Ikada.Bench.Reporting;

namespace Ikada.Bench.Limits;

/// <summary>What the machine allows at best, and what share of it was reached when etcd was
/// compared.</summary>
internal static class LimitsCommand
{
    private static readonly string[] Sizes = ["256", "4096", "65536"];
    private static readonly int[] Clients = [1, 16, 64, 256, 1000];

    public static Command Create()
    {
        var seconds = Options.Seconds(3);
        var where = Options.Text(
            "--dir", "DIR", "On the disk to measure (default: the directory for temporary files).");
        var results = Options.Text("--results", "DIR", "Where results go (default: bench/results).");
        var command = new Command("limits", "What the disk, loopback and gRPC allow at best. Needs fio.")
        {
            seconds, where, results,
        };
        command.SetAction(async (parsed, _) => await RunAsync(
            parsed.GetValue(where) ?? Path.GetTempPath(), Options.Window(parsed, seconds),
            parsed.GetValue(results) ?? Path.Combine("bench", "results")));
        return command;
    }

    private static async Task RunAsync(string where, TimeSpan time, string results)
    {
        var before = Machine.Load();
        var limits = await Steps.ShowAsync(tell => Task.FromResult(Measure(where, time, tell)));
        var machine = Machine.Now();
        var text = new StringBuilder()
            .Append(FormattableString.Invariant($"{machine}. Load before {before}, after {Machine.Load()}. "))
            .Append(FormattableString.Invariant($"{time.TotalSeconds} s each.\n\n"))
            .Append(Table(limits).Text());
        var comparison = Path.Combine(results, "compare-etcd.json");
        if (File.Exists(comparison))
        {
            using var last = JsonDocument.Parse(File.ReadAllText(comparison));
            text.Append("\nWhat `compare etcd` reached of it, by the medians of its results:\n\n")
                .Append(Shares.Of(limits, last).Text());
        }

        var json = JsonSerializer.Serialize(new { machine, loadBefore = before, limits }, ResultFiles.Json);
        ResultFiles.Write(results, "limits", text.ToString(), json);
    }

    private static LimitFigures Measure(string where, TimeSpan time, Action<string> tell)
    {
        tell("fio: a record and its sync");
        var syncs = Sizes.Select(size => DiskLimits.Sync(size, where, time)).ToList();
        tell("fio: large writes");
        var bandwidth = DiskLimits.Bandwidth(where, time);
        tell("three files synced at the same moment");
        var three = DiskLimits.SecondOfThree(where, time);
        tell("loopback");
        var loopback = WireLimits.RoundTrip(time);
        tell("gRPC that does nothing");
        var echoes = Clients.Select(clients => WireLimits.Echo(clients, time)).ToList();
        return new LimitFigures(
            syncs, bandwidth, three.Percentile(0.5) / 1e3, three.Percentile(0.99) / 1e3,
            loopback.Percentile(0.5) / 1e3, loopback.Percentile(0.99) / 1e3, echoes);
    }

    private static TextTable Table(LimitFigures limits)
    {
        var table = new TextTable("what", "p50 us", "p99 us", "rate", "server CPU us a call");
        foreach (var one in limits.Syncs)
        {
            table.Add(
                $"write and fdatasync, {one.Size} B", Number(one.P50), Number(one.P99),
                $"{Number(one.PerSecond)}/s", "");
        }

        table.Add("write, 1 MiB, direct", "", "", $"{Number(limits.BandwidthMiB)} MiB/s", "");
        table.Add(
            "second of three fdatasyncs at once, 256 B", Number(limits.SecondOfThreeP50),
            Number(limits.SecondOfThreeP99), "", "");
        if (limits.LonePut is { } lone)
        {
            table.Add("put, 1 client: gRPC, loopback, second of three syncs", Number(lone), "", "", "");
        }

        table.Add(
            "loopback, 64 B there and back", Number(limits.LoopbackP50), Number(limits.LoopbackP99), "", "");
        foreach (var one in limits.Echoes)
        {
            table.Add(
                $"gRPC on Kestrel, an empty put, {one.Clients} clients", Number(one.P50), Number(one.P99),
                $"{Number(one.PerSecond)}/s", TextTable.Number(one.ServerCpu, "F1"));
        }

        return table;
    }

    private static string Number(double value) => TextTable.Number(value, "F0");
}
