namespace Ikada.Simulation.Histories;

/// <summary>
/// What an order of some of a register's operations has led to: the value held, what is left to be ordered,
/// and of each value how many of those left find it, leave it, or differ from it. Steps can be taken back.
/// <para>A step is the number of an operation; or that number and the count of operations more: it never
/// happens; or the complement of the number of a class of optional operations without an end, which are equal
/// but for their start.</para>
/// </summary>
internal sealed class RegisterState
{
    // Splitmix64's increment: fingerprints must be the same in each run, and differ well.
    private const ulong Increment = 0x9E3779B97F4A7C15;
    private readonly RegisterOp[] _ops;
    private readonly RegisterOp[][] _classes;
    private readonly int[] _used;
    private readonly int[] _need;
    private readonly int[] _wish;
    private readonly int[] _writers;
    private readonly int[] _differs;
    private readonly List<int> _log = [];
    private ulong _low;
    private ulong _high;

    public RegisterState(RegisterProblem problem)
    {
        _ops = [.. problem.Ops];
        Pending = new PendingOps(_ops);
        _need = new int[problem.Values];
        _wish = new int[problem.Values];
        _writers = new int[problem.Values];
        _differs = new int[problem.Values];
        Value = problem.Initial;
        _classes = Classes(problem.Optional);
        _used = new int[_classes.Length];
        foreach (var op in _ops)
        {
            Count(op, 1);
        }

        foreach (var op in problem.Optional)
        {
            Count(op, 1);
        }
    }

    /// <summary>What is left but the optional operations without an end.</summary>
    public PendingOps Pending { get; }

    /// <summary>How many are left that must happen.</summary>
    public int Required { get; private set; }

    /// <summary>What the register holds.</summary>
    public int Value { get; private set; }

    /// <summary>How many values some operation left differs from and another left may yet leave.</summary>
    public int LiveDifferences { get; private set; }

    /// <summary>How many classes of optional operations there are.</summary>
    public int ClassCount => _classes.Length;

    /// <summary>How many steps have been taken.</summary>
    public int Mark => _log.Count;

    public ref readonly RegisterOp Op(int op) => ref _ops[op];

    /// <summary>The step by which an optional operation never happens.</summary>
    public int SkipOf(int op) => op + _ops.Length;

    /// <summary>Whether a step means that its operation never happens.</summary>
    public bool IsSkip(int step) => step >= _ops.Length;

    /// <summary>The operation of a step.</summary>
    public RegisterOp What(int step) =>
        step >= 0 ? _ops[step % _ops.Length] : _classes[~step][_used[~step]];

    /// <summary>The optional operation of a class that starts first of those left; false if all
    /// happened.</summary>
    public bool TryNext(int group, out RegisterOp op)
    {
        var isLeft = _used[group] < _classes[group].Length;
        op = isLeft ? _classes[group][_used[group]] : default;
        return isLeft;
    }

    /// <summary>How many operations left must find a value.</summary>
    public int Need(int value) => _need[value];

    /// <summary>How many optional operations left may find a value.</summary>
    public int Wish(int value) => _wish[value];

    /// <summary>How many operations left differ from a value.</summary>
    public int Differs(int value) => _differs[value];

    /// <summary>Whether a value is needed, and nothing left can bring it back.</summary>
    public bool IsLost(int value) => value != Value && _need[value] > 0 && _writers[value] == 0;

    /// <summary>Whether the value held is needed, and nothing left brings it back once it is gone.</summary>
    public bool MustStay => _need[Value] > 0 && _writers[Value] == 0;

    /// <summary>Whether the value held lets the operation happen.</summary>
    public bool Allows(in RegisterOp op) => op.Kind switch
    {
        RegisterOpKind.Read => op.Value == Value,
        RegisterOpKind.Differs => op.Value != Value,
        RegisterOpKind.Swap => op.From == Value,
        _ => true,
    };

    /// <summary>Takes a step.</summary>
    public void Take(int step)
    {
        var what = What(step);
        if (step >= 0)
        {
            Pending.Lift(step % _ops.Length);
            Mix((ulong)(step % _ops.Length), 0);
        }
        else
        {
            Mix((ulong)~step, (ulong)++_used[~step]);
        }

        Count(what, -1);
        Value = what.LeavesValue && !IsSkip(step) ? what.Value : Value;
        _log.Add(step);
    }

    /// <summary>Takes steps back until as many are left, when the register held a value.</summary>
    public void Return(int mark, int value)
    {
        while (_log.Count > mark)
        {
            var step = _log[^1];
            _log.RemoveAt(_log.Count - 1);
            if (step >= 0)
            {
                Pending.PutBack(step % _ops.Length);
                Mix((ulong)(step % _ops.Length), 0);
            }
            else
            {
                Mix((ulong)~step, (ulong)_used[~step]--);
            }

            Count(What(step), 1);
        }

        Value = value;
    }

    /// <summary>Stands for the set of operations ordered, the value held and a number below 256: that two
    /// different ones have one fingerprint has a chance of about one in 2^128.</summary>
    public UInt128 Fingerprint(byte also)
    {
        var seed = (1UL << 63) | ((ulong)Value << 8) | also;
        return new UInt128(_high ^ Mixed(~seed), _low ^ Mixed(seed));
    }

    private void Count(in RegisterOp op, int by)
    {
        Required += op.IsOptional ? 0 : by;
        switch (op.Kind)
        {
            case RegisterOpKind.Read:
                _need[op.Value] += by;
                break;
            case RegisterOpKind.Differs:
                LiveDifferences -= IsLive(op.Value);
                _differs[op.Value] += by;
                LiveDifferences += IsLive(op.Value);
                break;
            default:
                if (op.Kind == RegisterOpKind.Swap)
                {
                    (op.IsOptional ? _wish : _need)[op.From] += by;
                }

                LiveDifferences -= IsLive(op.Value);
                _writers[op.Value] += by;
                LiveDifferences += IsLive(op.Value);
                break;
        }
    }

    private int IsLive(int value) => _differs[value] > 0 && _writers[value] > 0 ? 1 : 0;

    // An operation has one key whether it happened or not: what is left is the same.
    private void Mix(ulong op, ulong use)
    {
        var seed = (op << 32) | use;
        _low ^= Mixed(seed);
        _high ^= Mixed(~seed);
    }

    private static ulong Mixed(ulong seed)
    {
        var z = (seed * Increment) + Increment;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private static RegisterOp[][] Classes(IReadOnlyList<RegisterOp> optional)
    {
        var numbers = new Dictionary<(RegisterOpKind, int, int), int>();
        var classes = new List<List<RegisterOp>>();
        foreach (var op in optional)
        {
            var effect = (op.Kind, op.Value, op.From);
            if (!numbers.TryGetValue(effect, out var number))
            {
                number = classes.Count;
                numbers.Add(effect, number);
                classes.Add([]);
            }

            classes[number].Add(op);
        }

        var sorted = new RegisterOp[classes.Count][];
        for (var at = 0; at < sorted.Length; at++)
        {
            sorted[at] = [.. classes[at]];
            Array.Sort(sorted[at], static (a, b) => a.Start.CompareTo(b.Start));
        }

        return sorted;
    }
}
