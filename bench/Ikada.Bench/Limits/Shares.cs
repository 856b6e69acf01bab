using System.Text.Json;
using Ikada.Bench.Clusters;
using Ikada.Bench.Comparing;
using Ikada.Bench.Reporting;

namespace Ikada.Bench.Limits;

/// <summary>What the machine allows; microseconds.</summary>
internal sealed record LimitFigures(
    List<SyncLimit> Syncs,
    double BandwidthMiB,
    double SecondOfThreeP50,
    double SecondOfThreeP99,
    double LoopbackP50,
    double LoopbackP99,
    List<EchoLimit> Echoes);

/// <summary>Figures of a comparison as shares of the limits that they meet.</summary>
internal static class Shares
{
    /// <summary>Null where no comparison was written down.</summary>
    public static TextTable? Of(LimitFigures limits, string file)
    {
        if (!File.Exists(file))
        {
            return null;
        }

        using var comparison = JsonDocument.Parse(File.ReadAllText(file));
        var table = new TextTable("workload", "clients", "ikada", "limit", "share", "etcd's share");
        foreach (var row in comparison.RootElement.GetProperty("rows").EnumerateArray())
        {
            Add(table, limits, row);
        }

        return table;
    }

    private static void Add(TextTable table, LimitFigures limits, JsonElement row)
    {
        var (id, clients) = (row.GetProperty("id").GetString(), row.GetProperty("clients").GetInt32());
        if (limits.Echoes.FirstOrDefault(echo => echo.Clients == clients) is not { } echo)
        {
            return;
        }

        if (id == "put" && clients == 1)
        {
            // A put of a lone client: to the leader and back, to a follower and back, the second of three
            // disks.
            var least = (echo.P50 + limits.LoopbackP50 + limits.SecondOfThreeP50) / 1e3;
            var (ours, theirs) = (Of(row, ServerKind.Ikada, "p50"), Of(row, ServerKind.Etcd, "p50"));
            table.Add(
                "put, p50 ms", "1", TextTable.Number(ours, "F2"), TextTable.Number(least, "F2"),
                $"{TextTable.Number(ours / least, "F1")} x", $"{TextTable.Number(theirs / least, "F1")} x");
        }
        else if (id is "put" or "get" or "get-serializable")
        {
            var ours = Of(row, ServerKind.Ikada, "perSecond");
            var theirs = Of(row, ServerKind.Etcd, "perSecond");
            table.Add(
                $"{id}, ops/s", $"{clients}", TextTable.Number(ours, "F0"),
                TextTable.Number(echo.PerSecond, "F0"), TextTable.Number(ours / echo.PerSecond, "P1"),
                TextTable.Number(theirs / echo.PerSecond, "P1"));
        }
    }

    private static double Of(JsonElement row, string servers, string figure) => Series.Middle(
        row.GetProperty("series").EnumerateArray()
            .First(series => series.GetProperty("servers").GetString() == servers)
            .GetProperty("rounds").EnumerateArray().Select(round => round.GetProperty(figure).GetDouble()));
}
