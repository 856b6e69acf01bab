namespace Ikada.Simulation.Histories;

/// <summary>
/// The operations that must still be ordered, as a list of their calls and returns by time (calls first where
/// times are equal, so that such operations are concurrent). Whichever is called before the first return may
/// be the next. Lifting one out and putting it back, in the reverse order, cost the same however long the
/// list is (Lowe's improvement of Wing and Gong's search).
/// </summary>
internal sealed class PendingOps
{
    private const int Head = 0;
    private readonly int[] _next;
    private readonly int[] _previous;

    public PendingOps(IReadOnlyList<RegisterOp> ops)
    {
        var events = new List<(long Time, bool IsReturn, int Op)>(2 * ops.Count);
        for (var op = 0; op < ops.Count; op++)
        {
            events.Add((ops[op].Start, false, op));
            if (ops[op].End != long.MaxValue)
            {
                events.Add((ops[op].End, true, op));
            }
        }

        events.Sort(static (a, b) =>
            a.Time != b.Time ? a.Time.CompareTo(b.Time)
            : a.IsReturn != b.IsReturn ? a.IsReturn.CompareTo(b.IsReturn) : a.Op.CompareTo(b.Op));
        _next = new int[(2 * ops.Count) + 1];
        _previous = new int[_next.Length];
        Array.Fill(_next, -1);
        Array.Fill(_previous, -1);
        var last = Head;
        foreach (var (_, isReturn, op) in events)
        {
            var entry = isReturn ? ReturnOf(op) : CallOf(op);
            (_next[last], _previous[entry]) = (entry, last);
            last = entry;
        }

        Count = ops.Count;
    }

    /// <summary>How many are not lifted.</summary>
    public int Count { get; private set; }

    /// <summary>The first entry; -1 if there is none.</summary>
    public int First => _next[Head];

    /// <summary>The entry after another; -1 at the end.</summary>
    public int After(int entry) => _next[entry];

    /// <summary>Whether an entry is a return.</summary>
    public static bool IsReturn(int entry) => (entry & 1) == 0;

    /// <summary>The operation of an entry.</summary>
    public static int OpOf(int entry) => (entry - 1) >> 1;

    /// <summary>Takes an operation out.</summary>
    public void Lift(int op)
    {
        // The return first: a walk that stands on the call goes on behind both.
        if (_previous[ReturnOf(op)] >= 0)
        {
            Unlink(ReturnOf(op));
        }

        Unlink(CallOf(op));
        Count--;
    }

    /// <summary>Puts back what was lifted last of all that are out.</summary>
    public void PutBack(int op)
    {
        Link(CallOf(op));
        if (_previous[ReturnOf(op)] >= 0)
        {
            Link(ReturnOf(op));
        }

        Count++;
    }

    private static int CallOf(int op) => (2 * op) + 1;

    private static int ReturnOf(int op) => (2 * op) + 2;

    private void Unlink(int entry)
    {
        var (before, after) = (_previous[entry], _next[entry]);
        _next[before] = after;
        if (after >= 0)
        {
            _previous[after] = before;
        }
    }

    private void Link(int entry)
    {
        var (before, after) = (_previous[entry], _next[entry]);
        _next[before] = entry;
        if (after >= 0)
        {
            _previous[after] = entry;
        }
    }
}
