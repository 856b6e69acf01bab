using System.Globalization;
using Ikada.Simulation.Histories;

namespace Ikada.Cli.Histories;

/// <summary>A verdict in words.</summary>
internal static class VerdictReport
{
    private const int KeysNamedMax = 5;
    private const int TextMax = 80;
    private const int NumberColumns = 4;

    public static void Write(TextWriter output, History history, HistoryVerdict verdict)
    {
        output.WriteLine(verdict.Outcome switch
        {
            HistoryOutcome.Linearizable => "linearizable",
            HistoryOutcome.NotLinearizable => "not linearizable",
            _ => "gave up",
        });
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  {history.Operations} operations on {history.Keys} keys; {history.Unknown} writes of unknown "
                + $"outcome; {history.Ignored} say nothing (failed, or reads of unknown outcome)"));
        if (verdict.Smallest is { } smallest)
        {
            Write(output, history, verdict, smallest);
        }

        if (verdict.UndecidedKeys.Count > 0)
        {
            output.WriteLine(
                $"  undecided: {Keys(history, verdict.UndecidedKeys)}; {verdict.States} states were "
                + "remembered. --seconds-max and --states-max allow more");
        }
    }

    private static void Write(
        TextWriter output, History history, HistoryVerdict verdict, SmallestSet smallest)
    {
        var key = Quoted(history.KeyName(smallest.Key));
        var of = history.OpsOf(smallest.Key).Count;
        var these = smallest.Ops.Count == 1 ? "this one" : $"these {smallest.Ops.Count}";
        output.WriteLine($"  wrong: {Keys(history, verdict.WrongKeys)}");
        output.WriteLine();
        output.WriteLine(
            $"key {key}: of {of} operations {these} cannot be ordered, whatever became of the other "
                + "writes;");
        output.WriteLine(smallest switch
        {
            { IsProven: true } => "no smaller set is like that:",
            { IsMinimal: true } => "none of them can be left out:",
            _ => "perhaps some of them could be left out (the bounds were reached):",
        });
        var rows = smallest.Ops.Select(op => Row(history, op)).ToList();
        rows.Insert(0, ["line", "client", "start", "end", "operation", "result"]);
        var widths = rows[0].Select((_, at) => rows.Max(row => row[at].Length)).ToArray();
        foreach (var row in rows)
        {
            var cells = row.Select((cell, at) =>
                at < NumberColumns ? cell.PadLeft(widths[at]) : cell.PadRight(widths[at]));
            output.WriteLine(("  " + string.Join("  ", cells)).TrimEnd());
        }
    }

    private static string[] Row(History history, in HistoryOp op) =>
    [
        Number(op.Line),
        Number(op.Client),
        Number(op.Start),
        op.Result == HistoryResult.Unknown ? "-" : Number(op.End),
        op.Kind switch
        {
            HistoryOpKind.Get => $"get {Value(history, op.Value)}",
            HistoryOpKind.Put => $"put {Value(history, op.Value)}",
            HistoryOpKind.Delete => "del",
            _ => $"cas {Value(history, op.From)} -> {Value(history, op.Value)}",
        },
        op.Result switch
        {
            HistoryResult.Ok => "ok",
            HistoryResult.Missing => "missing",
            HistoryResult.Mismatch => "mismatch",
            _ => "unknown",
        },
    ];

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Value(History history, int value) =>
        history.ValueText(value) is { } text ? Quoted(text) : "(nothing)";

    private static string Keys(History history, IReadOnlyList<int> keys)
    {
        var named = string.Join(", ", keys.Take(KeysNamedMax).Select(key => Quoted(history.KeyName(key))));
        var more = keys.Count > KeysNamedMax ? $" and {keys.Count - KeysNamedMax} more" : "";
        return (keys.Count == 1 ? "key " : $"{keys.Count} keys: ") + named + more;
    }

    private static string Quoted(string text) => HistoryText.Quote(text, TextMax);
}
