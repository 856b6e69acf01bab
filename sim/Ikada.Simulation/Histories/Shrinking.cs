namespace Ikada.Simulation.Histories;

/// <summary>
/// Makes a set of operations that cannot be ordered small. To leave an operation out means to know less of
/// it: a read says nothing then, and a write may have happened, at its time, or not; if it is the only one of
/// a value that an operation of the set found, at any time. So the set cannot be ordered whatever was left
/// out did, and shows with a value read the write that it came from, where it matters when that was.
/// </summary>
internal sealed class Shrinking
{
    private const long StatesMax = 20_000;

    // How many operations all small subsets together may hold that are tried.
    private const double WorkMax = 2e7;
    private readonly IReadOnlyList<HistoryOp> _ops;
    private readonly Func<bool> _isOver;
    private readonly int[] _byStart;

    // Whether a try of the last round was given up, so that the round says nothing of what it left.
    private bool _gaveUp;

    private Shrinking(IReadOnlyList<HistoryOp> ops, Func<bool> isOver)
    {
        _ops = ops;
        _isOver = isOver;
        _byStart = new int[ops.Count];
        for (var at = 0; at < _byStart.Length; at++)
        {
            _byStart[at] = at;
        }

        Array.Sort(_byStart, (a, b) =>
            ops[a].Start != ops[b].Start ? ops[a].Start.CompareTo(ops[b].Start) : a.CompareTo(b));
    }

    /// <summary>Of the operations on a key, which cannot be ordered, a set as small as can be
    /// found.</summary>
    public static SmallestSet Run(int key, IReadOnlyList<HistoryOp> ops, Func<bool> isOver)
    {
        var shrinking = new Shrinking(ops, isOver);
        var late = shrinking.LeaveOut(lateFirst: true, out var isLateMinimal);
        var early = shrinking.LeaveOut(lateFirst: false, out var isEarlyMinimal);
        var (kept, isMinimal) = Count(early) < Count(late) ? (early, isEarlyMinimal) : (late, isLateMinimal);
        var isProven = shrinking.TryProve(ref kept, ref isMinimal);
        return new SmallestSet(key, shrinking.Ops(kept), isProven, isMinimal);
    }

    private List<HistoryOp> Ops(bool[] kept)
    {
        var ops = new List<HistoryOp>();
        foreach (var at in _byStart)
        {
            if (kept[at])
            {
                ops.Add(_ops[at]);
            }
        }

        return ops;
    }

    // Halves, quarters and so on are left out where they can be, one by one at last.
    private bool[] LeaveOut(bool lateFirst, out bool isMinimal)
    {
        var order = (int[])_byStart.Clone();
        if (lateFirst)
        {
            Array.Reverse(order);
        }

        var kept = new bool[_ops.Count];
        Array.Fill(kept, true);
        for (var size = Math.Max(1, order.Length / 2); ; size = Math.Max(1, size / 2))
        {
            _gaveUp = false;
            for (var from = 0; from < order.Length; from += size)
            {
                TryWithout(kept, order.AsSpan(from, Math.Min(size, order.Length - from)));
            }

            var before = order.Length;
            order = Array.FindAll(order, at => kept[at]);
            if (size == 1 && order.Length == before)
            {
                isMinimal = !_gaveUp;
                return kept;
            }
        }
    }

    private void TryWithout(bool[] kept, ReadOnlySpan<int> some)
    {
        foreach (var at in some)
        {
            kept[at] = false;
        }

        if (Cannot(kept))
        {
            return;
        }

        foreach (var at in some)
        {
            kept[at] = true;
        }
    }

    private bool Cannot(ReadOnlySpan<bool> kept)
    {
        var found = KeyCheck.Run(_ops, kept, new SearchBudget(StatesMax, _isOver));
        _gaveUp |= found == SearchResult.GaveUp;
        return found == SearchResult.Impossible;
    }

    // Tries all smaller sets, if they are not too many; false if they are.
    private bool TryProve(ref bool[] kept, ref bool isMinimal)
    {
        _gaveUp = false;
        var size = Count(kept);
        var sets = 1.0;
        for (var smaller = 1; smaller < size; smaller++)
        {
            sets *= (_ops.Count - smaller + 1.0) / smaller;
            if (sets * _ops.Count > WorkMax || _isOver())
            {
                return false;
            }

            if (TryFind(smaller, out var found))
            {
                kept = found;
                isMinimal = !_gaveUp;
                return isMinimal;
            }
        }

        isMinimal |= !_gaveUp;
        return !_gaveUp;
    }

    private bool TryFind(int size, out bool[] found)
    {
        found = new bool[_ops.Count];
        var chosen = new int[size];
        for (var at = 0; at < size; at++)
        {
            chosen[at] = at;
            found[at] = true;
        }

        while (true)
        {
            if (Cannot(found))
            {
                return true;
            }

            // The next set in the order of numbers.
            var last = size - 1;
            while (last >= 0 && chosen[last] == _ops.Count - size + last)
            {
                last--;
            }

            if (last < 0)
            {
                return false;
            }

            if (_isOver())
            {
                _gaveUp = true;
                return false;
            }

            for (var at = last; at < size; at++)
            {
                found[chosen[at]] = false;
            }

            chosen[last]++;
            found[chosen[last]] = true;
            for (var at = last + 1; at < size; at++)
            {
                chosen[at] = chosen[at - 1] + 1;
                found[chosen[at]] = true;
            }
        }
    }

    private static int Count(bool[] kept) => Array.FindAll(kept, static one => one).Length;
}
