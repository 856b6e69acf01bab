namespace Ikada.Simulation.Histories;

/// <summary>
/// What may be next in the order, of each state that the search stands in, one behind the other: the most
/// promising first. A candidate is a step of <see cref="RegisterState"/>.
/// </summary>
internal sealed class Candidates : IComparer<int>
{
    private const int None = -1;
    private readonly RegisterState _state;
    private readonly List<int> _all = [];

    // By the value left: the write, and the swap of the value held, that must end first; behind those that
    // must happen the optional ones.
    private readonly int[] _writes;
    private readonly int[] _swaps;

    // By value: how many of the operations that must find it may be next, were it held.
    private readonly int[] _finders;
    private readonly bool[] _isSeen;
    private readonly List<int> _seen = [];
    private int _first;

    // The operation that returns first; None: nothing left must end.
    private int _due;
    private bool _canSwap;

    public Candidates(RegisterState state, int values)
    {
        _state = state;
        _writes = new int[2 * values];
        _swaps = new int[2 * values];
        _finders = new int[values];
        _isSeen = new bool[values];
        Array.Fill(_writes, None);
        Array.Fill(_swaps, None);
    }

    public int Count => _all.Count;

    public int this[int at] => _all[at];

    /// <summary>Forgets all but so many.</summary>
    public void Truncate(int count) => _all.RemoveRange(count, _all.Count - count);

    /// <summary>Adds those of the present state, in which everything is taken that changes
    /// nothing.</summary>
    public void Find(bool mustSwap)
    {
        _first = _all.Count;
        var onlySwaps = mustSwap || _state.MustStay;
        Walk();
        AddRequired(onlySwaps);
        AddOptional(onlySwaps);
        AddOptionalWithoutEnd(onlySwaps);
        if (!onlySwaps && NextMustWrite && TryFindFree(out var free))
        {
            Truncate(_first);
            _all.Add(free);
        }
        else
        {
            _all.Sort(_first, Count - _first, this);
        }

        foreach (var value in _seen)
        {
            (_writes[value], _swaps[value], _finders[value]) = (None, None, 0);
            (_writes[value + _finders.Length], _swaps[value + _finders.Length]) = (None, None);
            _isSeen[value] = false;
        }

        _seen.Clear();
    }

    /// <summary>Those first that let the operation happen that must end first; then by their own
    /// ends.</summary>
    public int Compare(int x, int y)
    {
        var (first, second) = (Urgency(x), Urgency(y));
        return first != second ? first.CompareTo(second) : x.CompareTo(y);
    }

    // Whether whatever is next leaves another value unseen: nothing swaps the one held or can yet come to see
    // it, and nothing may differ from one to come.
    private bool NextMustWrite => !_canSwap && _state.LiveDifferences == 0
        && (!IsDueOptional || (_state.Need(_state.Value) == 0 && _state.Wish(_state.Value) == 0));

    private bool IsDueOptional => _due != None && _state.Op(_due).IsOptional;

    private (int, long) Urgency(int candidate)
    {
        var what = _state.What(candidate);
        if (_due == None || _state.IsSkip(candidate))
        {
            return (_due == None ? 0 : 2, what.End);
        }

        ref readonly var due = ref _state.Op(_due);
        var leads = candidate == _due || due.Kind switch
        {
            RegisterOpKind.Read => what.Value == due.Value,
            RegisterOpKind.Differs => what.Value != due.Value,
            RegisterOpKind.Swap => what.Value == due.From && !_state.Allows(due),
            _ => false,
        };
        return (leads ? 0 : 1, what.End);
    }

    private void Walk()
    {
        _due = None;
        _canSwap = false;
        for (var entry = _state.Pending.First; entry >= 0; entry = _state.Pending.After(entry))
        {
            var op = PendingOps.OpOf(entry);
            if (PendingOps.IsReturn(entry))
            {
                _due = op;
                return;
            }

            See(op);
        }
    }

    private void See(int op)
    {
        ref readonly var what = ref _state.Op(op);
        switch (what.Kind)
        {
            case RegisterOpKind.Write:
                KeepFirst(_writes, op, what);
                break;
            case RegisterOpKind.Swap:
                Found(what.From, what.IsOptional ? 0 : 1);
                if (_state.Allows(what))
                {
                    _canSwap = true;
                    KeepFirst(_swaps, op, what);
                }

                break;
            case RegisterOpKind.Read:
                Found(what.Value, 1);
                break;
            default:
                break;
        }
    }

    private void Found(int value, int by)
    {
        Note(value);
        _finders[value] += by;
    }

    private void Note(int value)
    {
        if (!_isSeen[value])
        {
            _isSeen[value] = true;
            _seen.Add(value);
        }
    }

    private void KeepFirst(int[] best, int op, in RegisterOp what)
    {
        Note(what.Value);
        ref var kept = ref best[what.Value + (what.IsOptional ? _finders.Length : 0)];
        if (kept == None || what.End < _state.Op(kept).End)
        {
            kept = op;
        }
    }

    private void AddRequired(bool onlySwaps)
    {
        foreach (var value in _seen)
        {
            Add(_swaps[value]);
            Add(onlySwaps ? None : _writes[value]);
        }
    }

    // Those that may happen up to an end; and the one that must be decided now may also never happen.
    private void AddOptional(bool onlySwaps)
    {
        foreach (var value in _seen)
        {
            if (value != _state.Value && MayBeSeen(value))
            {
                Add(_swaps[value + _finders.Length]);
                Add(onlySwaps ? None : _writes[value + _finders.Length]);
            }
        }

        if (IsDueOptional)
        {
            _all.Add(_state.SkipOf(_due));
        }
    }

    private void Add(int step)
    {
        if (step != None)
        {
            _all.Add(step);
        }
    }

    private bool MayBeSeen(int value) =>
        _finders[value] > 0 || _state.Wish(value) > 0 || _state.Differs(_state.Value) > 0
        || (IsDueOptional && _state.Need(value) > 0);

    private void AddOptionalWithoutEnd(bool onlySwaps)
    {
        var bound = _due == None ? long.MaxValue : _state.Op(_due).End;
        for (var group = 0; group < _state.ClassCount; group++)
        {
            if (!_state.TryNext(group, out var op) || op.Start > bound || !_state.Allows(op))
            {
                continue;
            }

            var isSwap = op.Kind == RegisterOpKind.Swap;
            _canSwap |= isSwap;
            var better = isSwap ? _swaps[op.Value] : _writes[op.Value];
            if (better == None && op.Value != _state.Value && MayBeSeen(op.Value) && (isSwap || !onlySwaps))
            {
                _all.Add(~group);
            }
        }
    }

    // A write that needs no alternative.
    private bool TryFindFree(out int free)
    {
        var (mark, value) = (_state.Mark, _state.Value);
        for (var at = _first; at < Count; at++)
        {
            free = _all[at];
            if (_state.What(free).IsOptional || !MayBeFree(free))
            {
                continue;
            }

            var mustSwap = false;
            var outcome = _state.Step(free, ref mustSwap);
            _state.Return(mark, value);
            if (outcome == StepOutcome.Complete)
            {
                return true;
            }
        }

        free = None;
        return false;
    }

    // Only if all that find the value may be next already, or if the operation or one that finds its value
    // is what holds the others back.
    private bool MayBeFree(int candidate)
    {
        var value = _state.Op(candidate).Value;
        if (_state.Need(value) == _finders[value] || candidate == _due)
        {
            return true;
        }

        return _due != None && _state.Op(_due) is var due
            && ((due.Kind == RegisterOpKind.Read && due.Value == value)
                || (due.Kind == RegisterOpKind.Swap && due.From == value));
    }
}
