using System.Globalization;
using Ikada.Replica;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Clients;
using Ikada.Simulation.Histories;

namespace Ikada.Simulation.Workloads;

/// <summary>
/// I20 by the definition: the history of the clients of the key-value store, as they saw it, is linearizable.
/// The check knows nothing of logs, revisions and the model.
/// </summary>
internal static class ClientHistory
{
    public const string Property = "I20 what clients saw can be put into one order";
    private const long StatesMax = 2_000_000;
    private const long NanosecondsPerTick = 100;

    /// <summary>Judges all operations of a run.</summary>
    public static void Check(Operations operations)
    {
        var history = new History();
        for (var id = 0L; id < operations.Count; id++)
        {
            var op = (KeyValueOp)operations[id];
            history.Add(KeyOf(op), OpOf(op, history.ValueNumber(ValueOf(op))));
        }

        var verdict = HistoryChecker.Check(history, StatesMax, static () => false);
        if (verdict.Outcome == HistoryOutcome.Linearizable)
        {
            return;
        }

        throw new PropertyViolatedException(
            Property,
            verdict.Smallest is { } smallest
                ? $"on key {history.KeyName(smallest.Key)} these cannot be ordered:"
                    + string.Concat(smallest.Ops.Select(op => "\n    " + Line(history, op)))
                : $"more than {StatesMax} states did not suffice to judge the {verdict.UndecidedKeys.Count} "
                    + $"keys {string.Join(", ", verdict.UndecidedKeys.Select(history.KeyName))}");
    }

    /// <summary>Writes all operations of a run.</summary>
    public static void Write(Operations operations, TextWriter output)
    {
        for (var id = 0L; id < operations.Count; id++)
        {
            var op = (KeyValueOp)operations[id];
            HistoryWriter.Write(output, KeyOf(op), OpOf(op, History.MissingValue), ValueOf(op), from: null);
        }
    }

    private static HistoryOp OpOf(KeyValueOp op, int value) => new(
        op.Client,
        op.Start * NanosecondsPerTick,
        op.Heard == OutcomeKind.Unknown ? long.MaxValue : op.End * NanosecondsPerTick,
        op.Kind switch
        {
            ClientOpKind.Put => HistoryOpKind.Put,
            ClientOpKind.Delete => HistoryOpKind.Delete,
            _ => HistoryOpKind.Get,
        },
        op.Heard switch
        {
            OutcomeKind.Applied when op.Kind == ClientOpKind.Read && op.Found < 0 => HistoryResult.Missing,
            OutcomeKind.Applied => HistoryResult.Ok,
            OutcomeKind.Refused => HistoryResult.Failed,
            _ => HistoryResult.Unknown,
        },
        value,
        History.MissingValue,
        op.Id + 1);

    private static string KeyOf(KeyValueOp op) =>
        string.Concat(KeyValueCommands.Key(op.Key).Select(static one => (char)one));

    // The value written or read, which is the number of the operation that wrote it; null: none.
    private static string? ValueOf(KeyValueOp op)
    {
        var value = op.Kind switch
        {
            ClientOpKind.Put => op.Id,
            ClientOpKind.Read => op.Found,
            _ => -1,
        };
        return value < 0 ? null : value.ToString(CultureInfo.InvariantCulture);
    }

    private static string Line(History history, in HistoryOp op) =>
        $"c{op.Client} op {op.Line - 1} {op.Kind} {history.ValueText(op.Value)} {op.Result}, from "
        + $"{op.Start} to {(op.End == long.MaxValue ? "no end" : op.End)} ns";
}
