namespace Ikada.Simulation.Histories;

/// <summary>
/// The operations on one key in the form in which the search wants them: what can never matter is left out,
/// and what
/// must have happened is no longer optional.
/// <list type="number">
/// <item>A swap of a value for itself is a read, and says nothing if it is optional.</item>
/// <item>An optional swap whose value to find is never written cannot happen.</item>
/// <item>An optional operation that is the only one to leave a value that some operation found has
/// happened.</item>
/// <item>An optional operation that leaves a value which nothing finds is left out, if no operation says
/// from which value it differed: whatever comes right after it is a write, and does not see whether it
/// happened.</item>
/// <item>A difference from a value that is never written always holds.</item>
/// <item>Values that nothing finds or differs from cannot be told apart: they become one.</item>
/// </list>
/// </summary>
internal sealed class RegisterProblem
{
    private readonly List<RegisterOp> _ops = [];
    private readonly List<RegisterOp> _optional = [];
    private readonly Dictionary<int, int> _local = new() { [History.MissingValue] = 0 };
    private int[] _writers = [];
    private int[] _needs = [];
    private int[] _wishes = [];
    private int[] _differs = [];

    private RegisterProblem()
    {
    }

    /// <summary>What must happen, and what may happen up to an end.</summary>
    public IReadOnlyList<RegisterOp> Ops => _ops;

    /// <summary>What may happen at any time from its start on.</summary>
    public IReadOnlyList<RegisterOp> Optional => _optional;

    /// <summary>Values are below this.</summary>
    public int Values { get; private set; }

    /// <summary>What the register holds at first.</summary>
    public int Initial { get; private set; }

    /// <summary>Whether some operation says what the register did not hold.</summary>
    public bool HasDifferences { get; private set; }

    /// <summary>The problem of a key.</summary>
    /// <param name="ops">All its operations.</param>
    /// <param name="kept">Which count; empty: all. Of the others reads are left out, and writes are optional;
    /// the only write of a value that one of those kept found may have been at any time.</param>
    /// <param name="withDifferences">Whether compare-and-sets that found another value count.</param>
    public static RegisterProblem Of(
        IReadOnlyList<HistoryOp> ops, ReadOnlySpan<bool> kept, bool withDifferences)
    {
        var problem = new RegisterProblem();
        var found = kept.IsEmpty ? null : FoundOnce(ops, kept);
        for (var at = 0; at < ops.Count; at++)
        {
            var op = ops[at];
            var isKept = kept.IsEmpty || kept[at];
            problem.Add(op, isKept, isFree: !isKept && found!.Contains(op.Value), withDifferences);
        }

        problem.Count();
        problem.LeaveOutWhatAlwaysDiffers();
        problem.Settle();
        problem._ops.AddRange(problem._optional.FindAll(static op => op.End != long.MaxValue));
        problem._optional.RemoveAll(static op => op.End != long.MaxValue);
        problem.Merge();
        return problem;
    }

    // The values that some operation kept found, and one operation in all may have left.
    private static HashSet<int> FoundOnce(IReadOnlyList<HistoryOp> ops, ReadOnlySpan<bool> kept)
    {
        var found = new HashSet<int>();
        for (var at = 0; at < ops.Count; at++)
        {
            if (kept[at] && ops[at].Found is var value && value != History.MissingValue)
            {
                found.Add(value);
            }
        }

        var left = new HashSet<int>();
        foreach (var op in ops)
        {
            if (op.Left is var value && value != History.MissingValue && !left.Add(value))
            {
                found.Remove(value);
            }
        }

        return found;
    }

    private void Add(in HistoryOp op, bool isKept, bool isFree, bool withDifferences)
    {
        var isOptional = op.Result == HistoryResult.Unknown || !isKept;
        var (start, end) = isFree ? (long.MinValue, long.MaxValue) : (op.Start, op.End);
        switch (op.Kind)
        {
            case HistoryOpKind.Get:
                Add(RegisterOpKind.Read, op.Value, History.MissingValue);
                break;
            case HistoryOpKind.CompareAndSet when op.Result == HistoryResult.Mismatch:
                if (withDifferences)
                {
                    Add(RegisterOpKind.Differs, op.From, History.MissingValue);
                }

                break;
            case HistoryOpKind.CompareAndSet when op.From == op.Value:
                Add(RegisterOpKind.Read, op.Value, History.MissingValue);
                break;
            case HistoryOpKind.CompareAndSet:
                Add(RegisterOpKind.Swap, op.Value, op.From);
                break;
            default:
                Add(RegisterOpKind.Write, op.Value, History.MissingValue);
                break;
        }

        void Add(RegisterOpKind kind, int value, int from)
        {
            if (kind >= RegisterOpKind.Write || !isOptional)
            {
                (isOptional ? _optional : _ops).Add(
                    new RegisterOp(kind, Local(value), Local(from), start, end, isOptional));
            }
        }
    }

    private int Local(int value)
    {
        if (!_local.TryGetValue(value, out var local))
        {
            local = _local.Count;
            _local.Add(value, local);
        }

        return local;
    }

    private void Count()
    {
        Values = _local.Count;
        (_writers, _needs, _wishes, _differs) =
            (new int[Values], new int[Values], new int[Values], new int[Values]);
        foreach (var op in _ops)
        {
            Count(op, 1);
        }

        foreach (var op in _optional)
        {
            Count(op, 1);
        }
    }

    private void Count(in RegisterOp op, int by)
    {
        switch (op.Kind)
        {
            case RegisterOpKind.Read:
                _needs[op.Value] += by;
                break;
            case RegisterOpKind.Differs:
                _differs[op.Value] += by;
                break;
            case RegisterOpKind.Swap:
                (op.IsOptional ? _wishes : _needs)[op.From] += by;
                _writers[op.Value] += by;
                break;
            default:
                _writers[op.Value] += by;
                break;
        }
    }

    private void LeaveOutWhatAlwaysDiffers()
    {
        var stay = 0;
        for (var at = 0; at < _ops.Count; at++)
        {
            var op = _ops[at];
            if (op.Kind == RegisterOpKind.Differs && op.Value != 0 && _writers[op.Value] == 0)
            {
                Count(op, -1);
                continue;
            }

            HasDifferences |= op.Kind == RegisterOpKind.Differs;
            _ops[stay++] = op;
        }

        _ops.RemoveRange(stay, _ops.Count - stay);
    }

    // What is decided of one optional operation may decide another.
    private void Settle()
    {
        var changed = true;
        while (changed)
        {
            changed = false;
            var stay = 0;
            for (var at = 0; at < _optional.Count; at++)
            {
                var op = _optional[at];
                if (IsIdle(op))
                {
                    Count(op, -1);
                }
                else if (IsCertain(op))
                {
                    Count(op, -1);
                    op = op with { IsOptional = false };
                    Count(op, 1);
                    _ops.Add(op);
                }
                else
                {
                    _optional[stay++] = op;
                }
            }

            changed = stay < _optional.Count;
            _optional.RemoveRange(stay, _optional.Count - stay);
        }
    }

    private bool IsIdle(in RegisterOp op) =>
        (!HasDifferences && _needs[op.Value] == 0 && _wishes[op.Value] == 0)
        || (op.Kind == RegisterOpKind.Swap && op.From != 0 && _writers[op.From] == 0);

    private bool IsCertain(in RegisterOp op) =>
        op.Value != 0 && _needs[op.Value] > 0 && _writers[op.Value] == 1;

    private void Merge()
    {
        var merged = new int[Values];
        for (var value = 0; value < Values; value++)
        {
            merged[value] =
                _needs[value] == 0 && _wishes[value] == 0 && _differs[value] == 0 ? Values : value;
        }

        Map(_ops, merged);
        Map(_optional, merged);
        Initial = merged[0];
        Values++;
    }

    private static void Map(List<RegisterOp> ops, int[] merged)
    {
        for (var at = 0; at < ops.Count; at++)
        {
            ops[at] = ops[at] with { Value = merged[ops[at].Value], From = merged[ops[at].From] };
        }
    }
}
