using System.Text;
using Ikada.Faults.Clients;
using Ikada.KeyValue;
using Ikada.Simulation.Histories;
using Ikada.Simulation.Workloads;
using Ikada.Simulation.Workloads.Store;

namespace Ikada.Faults.Checking;

/// <summary>I20 by the definition, key by key, over values alone: this check knows nothing of revisions, nor
/// of what the servers have in the end.</summary>
internal static class RegisterCheck
{
    private const long StatesMax = 2_000_000;

    /// <summary>The operations on keys without a lease, as a history says them.</summary>
    public static IEnumerable<RegisterUse> UsesOf(IEnumerable<Recorded> operations, int registers) =>
        from operation in operations
        where !operation.IsSerializable
        from use in UsesOf(operation)
        where use.Key < registers
        select use;

    /// <summary>Judges them.</summary>
    public static void Run(IEnumerable<RegisterUse> uses, Findings findings)
    {
        var history = new History();
        foreach (var use in uses)
        {
            history.Add(use.KeyText, use.Op(history.ValueNumber(use.Value), history.ValueNumber(use.From)));
        }

        var verdict = HistoryChecker.Check(history, StatesMax, static () => false);
        if (verdict.Smallest is { } smallest)
        {
            findings.Add(
                ClientHistory.Property,
                $"on key {history.KeyName(smallest.Key)} these cannot be ordered:"
                + string.Concat(smallest.Ops.Select(op => $"\n    op {op.Line} of c{op.Client}: {op.Kind} "
                    + $"{history.ValueText(op.From)} {history.ValueText(op.Value)} {op.Result}, from "
                    + $"{op.Start} to {op.End} ns")));
        }

        foreach (var key in verdict.UndecidedKeys)
        {
            findings.Add(
                ClientHistory.Property,
                $"{StatesMax} states did not suffice to judge key {history.KeyName(key)}");
        }
    }

    private static IEnumerable<RegisterUse> UsesOf(Recorded operation)
    {
        switch (operation.Asked)
        {
            case PutRequest put:
                return [new(operation, put.Key, HistoryOpKind.Put, Text(put.Value), null)];
            case DeleteRequest delete:
                return [new(operation, delete.Keys.First, HistoryOpKind.Delete, null, null)];
            case ReadRequest read:
                return Enumerable.Range(read.Keys.First, read.Keys.Count)
                    .Select(key => new RegisterUse(
                        operation, key, HistoryOpKind.Get, Text(ItemOf(key, operation.Found)), null));
            case TransactionRequest { Conditions: [var condition] } swap:
                var from = condition.Target == ComparisonTarget.Value ? Text(condition.Value) : null;
                return [new(
                    operation, condition.Key, HistoryOpKind.CompareAndSet,
                    Text(((PutRequest)swap.Success[0]).Value), from)];
            case TransactionRequest both:
                return both.Success.OfType<PutRequest>().Select(put => new RegisterUse(
                    operation, put.Key, HistoryOpKind.Put, Text(put.Value), null));
            default:
                return [];
        }
    }

    private static byte[]? ItemOf(int key, RangeResult? found)
    {
        var name = KeyValueCommands.Key(key);
        var item = found?.Items.FirstOrDefault(one => one.Key.Span.SequenceEqual(name)) ?? default;
        return item.ModRevision == 0 ? null : item.Value.ToArray();
    }

    private static string? Text(byte[]? value) => value is null ? null : Encoding.ASCII.GetString(value);
}

/// <summary>What an operation does to one key.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Key">The key.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Value">What it reads or writes; null: nothing.</param>
/// <param name="From">What a swap expects; null: nothing.</param>
internal sealed record RegisterUse(
    Recorded Operation, int Key, HistoryOpKind Kind, string? Value, string? From)
{
    public string KeyText => Encoding.Latin1.GetString(KeyValueCommands.Key(Key));

    public HistoryOp Op(int value, int from) => new(
        Operation.Client, Operation.Start, Operation.End, Kind, Result, value, from, Operation.Id);

    private HistoryResult Result => Operation.Outcome switch
    {
        RecordedOutcome.Unknown => HistoryResult.Unknown,
        RecordedOutcome.Failed => HistoryResult.Failed,
        _ when Kind == HistoryOpKind.Get && Value is null => HistoryResult.Missing,
        _ when Kind == HistoryOpKind.CompareAndSet && !Operation.Did!.Succeeded => HistoryResult.Mismatch,
        _ => HistoryResult.Ok,
    };
}
