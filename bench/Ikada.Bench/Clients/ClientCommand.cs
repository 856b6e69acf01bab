using System.CommandLine;
using Ikada.Bench.Reporting;
using Ikada.Load.Running;
using Ikada.Load.Workloads;

namespace Ikada.Bench.Clients;

/// <summary>What the client costs a call, against a server that costs next to nothing.</summary>
internal static class ClientCommand
{
    private static readonly int[] ClientCounts = [1, 16, 64, 256, 1000];
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var seconds = Options.Seconds(2);
        var command = new Command("client", "What the client costs a call, against a server that is canned.")
        {
            seconds,
        };
        command.SetAction(parsed =>
        {
            var window = Options.Window(parsed, seconds);
            var table = new TextTable(
                "clients", "calls/s", "p50 us", "p99 us", "client CPU us a call", "late p99 us");
            using var server = new ChildServer("canned");
            foreach (var count in ClientCounts)
            {
                AddRow(table, count, Measure(server, count, rate: null, window));
            }

            AddRow(table, 64, Measure(server, 64, 1000, window));
            Console.Write(table.Text());
        });
        return command;
    }

    /// <summary>Microseconds of the client's processor time a put of 256 B, from 64 clients.</summary>
    public static double Microseconds(TimeSpan window)
    {
        using var server = new ChildServer("canned");
        return Measure(server, 64, rate: null, window).ClientMicroseconds;
    }

    private static LoadResult Measure(ChildServer server, int clients, double? rate, TimeSpan window)
    {
        var puts = EtcdWorkloads.Put(new KeySpace("key/", 100_000), 256);
        var plan = new LoadPlan([server.Target], puts, clients)
        {
            RatePerSecond = rate,
        };
        return LoadRun.Measure(plan, WarmUp, window);
    }

    private static void AddRow(TextTable table, int clients, LoadResult result) => table.Add(
        $"{clients}",
        TextTable.Number(result.PerSecond, "F0"),
        TextTable.Number(result.Latencies.Percentile(0.5) / 1e3, "F0"),
        TextTable.Number(result.Latencies.Percentile(0.99) / 1e3, "F0"),
        TextTable.Number(result.ClientMicroseconds, "F2"),
        result.Lateness.Count == 0 ? "" : TextTable.Number(result.Lateness.Percentile(0.99) / 1e3, "F0"));
}
