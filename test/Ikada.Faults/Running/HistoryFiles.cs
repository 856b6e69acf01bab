using System.Text.Json;
using Ikada.Faults.Checking;
using Ikada.Faults.Clients;
using Ikada.KeyValue;
using Ikada.Simulation.Checkers.Store;
using Ikada.Simulation.Histories;

namespace Ikada.Faults.Running;

/// <summary>Writes what was recorded, one JSON object a line.</summary>
internal static class HistoryFiles
{
    /// <summary>Writes operations, what of them <c>ikada histories check</c> reads, what watchers were told,
    /// the faults, and what the servers had in the end.</summary>
    public static void Write(string directory, RunRecord run)
    {
        Directory.CreateDirectory(directory);
        WriteLines(directory, "operations.ndjson", run.Operations.Select(OperationOf));
        WriteLines(directory, "watches.ndjson", run.Watches.SelectMany(watch => watch.Words.Select(word =>
            new
            {
                watcher = watch.Number, keys = watch.Keys.ToString(), node = word.Node + 1, at = word.At,
                told = word.Kind.ToString(), revision = word.Revision, reason = word.Reason,
                events = word.Events.Select(one => one.ToString()),
            })));
        WriteLines(directory, "faults.ndjson", run.Faults.Select(fault => new
        {
            begin = fault.Begin, end = fault.End, kind = RunOptions.NameOf(fault.Kind), what = fault.What,
            lostLeader = fault.LostLeader,
        }));
        WriteLines(directory, "final.ndjson", run.History.Select(one => new
        {
            revision = one.Revision, change = one.ToString(),
        }));
        using var registers = new StreamWriter(Path.Combine(directory, "registers.ndjson"));
        foreach (var use in RegisterCheck.UsesOf(run.Operations, run.Keys.Registers))
        {
            HistoryWriter.Write(
                registers, use.KeyText, use.Op(History.MissingValue, History.MissingValue), use.Value,
                use.From);
        }
    }

    private static object OperationOf(Recorded operation) => new
    {
        id = operation.Id,
        client = operation.Client,
        node = operation.Node + 1,
        start = operation.Start,
        end = operation.End,
        asked = operation.Asked.ToString(),
        serializable = operation.IsSerializable,
        outcome = operation.Outcome.ToString().ToLowerInvariant(),
        revision = operation.Revision,
        answer = operation.Found is { } found ? Text(found) : operation.Did is { } did ? Text(did) : null,
        error = operation.Error,
    };

    private static string Text(RangeResult found) => string.Join(", ", found.Items.Select(item =>
        $"{StoreText.Of(item)} '{System.Text.Encoding.ASCII.GetString(item.Value.Span)}'"));

    private static string Text(KeyValueResult did) =>
        (did.Succeeded ? "succeeded " : string.Empty) + (did.Deleted > 0 ? $"deleted {did.Deleted} " : "")
        + string.Join(' ', did.TimesToLive.Select(time => $"time to live {time}"))
        + string.Join(' ', did.Responses.Where(one => one.Range is not null).Select(one => Text(one.Range!)));

    private static void WriteLines<T>(string directory, string name, IEnumerable<T> lines)
    {
        using var file = new StreamWriter(Path.Combine(directory, name));
        foreach (var line in lines)
        {
            file.WriteLine(JsonSerializer.Serialize(line));
        }
    }
}
