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
    List<EchoLimit> Echoes)
{
    /// <summary>The least that a put of a lone client takes: to the leader and back, to a follower and back,
    /// the second of three disks. Null where no such echo was measured.</summary>
    public double? LonePut => Echoes.FirstOrDefault(echo => echo.Clients == 1) is { } echo
        ? echo.P50 + LoopbackP50 + SecondOfThreeP50 : null;

    /// <summary>What the last run has left in a directory of results; null: nothing.</summary>
    public static LimitFigures? Read(string results)
    {
        var file = Path.Combine(results, "limits.json");
        if (!File.Exists(file))
        {
            return null;
        }

        using var text = JsonDocument.Parse(File.ReadAllText(file));
        return text.RootElement.GetProperty("limits").Deserialize<LimitFigures>(ResultFiles.Json);
    }
}

/// <summary>Figures of a comparison as shares of the limits that they meet.</summary>
internal static class Shares
{
    // What an empty handler answers does not bound them: a range's answer is longer, watchers wait for one
    // put, a fixed rate is what was asked for, another client costs more.
    private static readonly string[] Unbounded = ["put-rate", "range", "watch", "put-grpc"];

    /// <param name="limits">Of the machine.</param>
    /// <param name="comparison">As the comparison writes it down.</param>
    public static TextTable Of(LimitFigures limits, JsonDocument comparison)
    {
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
        if (((id == "put" && clients == 1) || id == "put-rate") && limits.LonePut is { } micros)
        {
            var least = micros / 1e3;
            var (ours, theirs) = (Of(row, ServerKind.Ikada, "p50"), Of(row, ServerKind.Etcd, "p50"));
            table.Add(
                $"{id}, p50 ms", $"{clients}", TextTable.Number(ours, "F2"), TextTable.Number(least, "F2"),
                $"{TextTable.Number(ours / least, "F1")} x", $"{TextTable.Number(theirs / least, "F1")} x");
        }

        if (!Unbounded.Contains(id)
            && limits.Echoes.FirstOrDefault(one => one.Clients == clients) is { } echo)
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
