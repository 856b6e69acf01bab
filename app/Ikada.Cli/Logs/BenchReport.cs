using System.Globalization;
using System.Text.Json;
using Ikada.Consensus;

namespace Ikada.Cli.Logs;

/// <summary>Tells what a measurement came to, and what it means for a cluster.</summary>
internal static class BenchReport
{
    // Where etcd's documentation draws the line too: beyond it a lone client feels each write.
    private static readonly TimeSpan GoodP99 = TimeSpan.FromMilliseconds(10);
    private static readonly (string Name, double Share)[] Shares =
        [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("max", 1)];

    public static void Write(TextWriter output, BenchResult result, bool asJson)
    {
        if (asJson)
        {
            output.WriteLine(Json(result));
            return;
        }

        foreach (var line in Lines(result))
        {
            output.WriteLine(line);
        }
    }

    /// <summary>fit, slow or unfit, and why.</summary>
    public static (string Word, string Why) Verdict(BenchResult result)
    {
        var heartbeat = new ConsensusOptions().HeartbeatInterval;
        var (p99, worst) = (result.Latencies.At(0.99), result.Latencies.At(0.999));
        return p99 >= heartbeat
            ? ("unfit", $"p99 {Text(p99)} is not below the heartbeat interval of {Text(heartbeat)}: a "
                + "follower's answer comes later than the next heartbeat")
            : p99 >= GoodP99 || worst >= heartbeat
                ? ("slow", $"p99 {Text(p99)}, p99.9 {Text(worst)}: a cluster runs, but each write feels it "
                    + $"(fit: p99 below {Text(GoodP99)}, p99.9 below the heartbeat interval of "
                    + $"{Text(heartbeat)})")
                : ("fit", $"p99 {Text(p99)} is below {Text(GoodP99)}, and p99.9 {Text(worst)} below the "
                    + $"heartbeat interval of {Text(heartbeat)}");
    }

    private static IEnumerable<string> Lines(BenchResult result)
    {
        var options = result.Options;
        var company = options.Writers > 1 ? $", {options.Writers} writers"
            : options.Batch > 1 ? $", {options.Batch} at once" : "";
        yield return Invariant(
            $"records of {options.SizeBytes} B{company}, {result.Took.TotalSeconds:0.0} s");
        yield return Invariant(
            $"rate      {Rate(result):#,0} records/s, {Megabytes(result):0.00} MB/s of bodies");
        yield return Invariant(
            $"syncs     {result.Batches / result.Took.TotalSeconds:#,0}/s, ")
            + Invariant($"{PerBatch(result.Records, result):0.0} records and ")
            + Invariant($"{PerBatch(result.BatchBytes, result):#,0} bytes each");
        yield return "durable   " + string.Join(
            ", ", Shares.Select(share => $"{share.Name} {Text(result.Latencies.At(share.Share))}"));
        var (word, why) = Verdict(result);
        yield return $"verdict   {word} for consensus: {why}";
    }

    private static string Json(BenchResult result)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("size", result.Options.SizeBytes);
            json.WriteNumber("batch", result.Options.Batch);
            json.WriteNumber("writers", result.Options.Writers);
            json.WriteNumber("seconds", Math.Round(result.Took.TotalSeconds, 3));
            json.WriteNumber("records", result.Records);
            json.WriteNumber("records_per_second", Math.Round(Rate(result), 1));
            json.WriteNumber("megabytes_per_second", Math.Round(Megabytes(result), 3));
            json.WriteNumber("syncs", result.Batches);
            json.WriteNumber("syncs_per_second", Math.Round(result.Batches / result.Took.TotalSeconds, 1));
            json.WriteNumber("records_per_sync", Math.Round(PerBatch(result.Records, result), 2));
            json.WriteNumber("bytes_per_sync", Math.Round(PerBatch(result.BatchBytes, result), 1));
            json.WriteNumber("prepared_bytes", result.PreparedBytes);
            json.WriteStartObject("durable_microseconds");
            foreach (var (name, share) in Shares)
            {
                json.WriteNumber(name, Math.Round(result.Latencies.At(share).TotalMicroseconds, 1));
            }

            json.WriteEndObject();
            json.WriteString("verdict", Verdict(result).Word);
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static double Rate(BenchResult result) => result.Records / result.Took.TotalSeconds;

    private static double Megabytes(BenchResult result) => Rate(result) * result.Options.SizeBytes / 1e6;

    private static double PerBatch(long count, BenchResult result) =>
        result.Batches == 0 ? 0 : (double)count / result.Batches;

    private static string Text(TimeSpan time) => time < TimeSpan.FromMilliseconds(1)
        ? Invariant($"{time.TotalMicroseconds:0} µs")
        : Invariant($"{time.TotalMilliseconds:0.##} ms");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
