using Ikada.Simulation.Histories;

namespace Ikada.Simulation.Tests.Histories;

/// <summary>The definition of linearizability, tried out: every order of a few operations on one
/// key.</summary>
internal static class ReferenceChecker
{
    public static bool CanBeOrdered(IEnumerable<HistoryOp> ops) =>
        CanBeOrdered(ops.Select(op => (op, op.Result == HistoryResult.Unknown)).ToList());

    /// <summary>Of some it is known whether they happened, of some not.</summary>
    public static bool CanBeOrdered(IReadOnlyList<(HistoryOp Op, bool IsOptional)> ops) =>
        CanGoOn(ops, ordered: 0, History.MissingValue, []);

    private static bool CanGoOn(
        IReadOnlyList<(HistoryOp Op, bool IsOptional)> ops, int ordered, int value,
        HashSet<(int Ordered, int Value)> tried)
    {
        if (!tried.Add((ordered, value)))
        {
            return false;
        }

        bool IsOrdered(int at) => (ordered >> at & 1) != 0;
        var all = Enumerable.Range(0, ops.Count).ToList();
        var required = all.Where(at => !IsOrdered(at) && !ops[at].IsOptional).ToList();
        return required.Count == 0 || all.Any(at =>
            !IsOrdered(at)
            && !required.Any(other => ops[other].Op.End < ops[at].Op.Start)
            && !all.Any(other => IsOrdered(other) && ops[at].Op.End < ops[other].Op.Start)
            && TryApply(ops[at].Op, value, out var next)
            && CanGoOn(ops, ordered | 1 << at, next, tried));
    }

    private static bool TryApply(in HistoryOp op, int value, out int next)
    {
        (next, var isAllowed) = (op.Kind, op.Result) switch
        {
            (HistoryOpKind.Get, HistoryResult.Missing) => (value, value == History.MissingValue),
            (HistoryOpKind.Get, _) => (value, value == op.Value),
            (HistoryOpKind.Put, _) => (op.Value, true),
            (HistoryOpKind.Delete, _) => (History.MissingValue, true),
            (_, HistoryResult.Mismatch) => (value, value != op.From),
            _ => (op.Value, value == op.From),
        };
        return isAllowed;
    }
}
