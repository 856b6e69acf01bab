using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>The terms along a group's log, by the index at which each begins.</summary>
internal sealed class TermRuns
{
    private readonly List<LogPosition> _starts = [];

    public Term Last => _starts.Count > 0 ? _starts[^1].Term : default;

    public void Reset() => _starts.Clear();

    public void Append(LogPosition position)
    {
        if (_starts.Count == 0 || _starts[^1].Term != position.Term)
        {
            _starts.Add(position);
        }
    }

    public void TruncateFrom(LogIndex first)
    {
        while (_starts.Count > 0 && _starts[^1].Index >= first)
        {
            _starts.RemoveAt(_starts.Count - 1);
        }
    }

    /// <summary>Forgets the terms up to an index; a later entry is held.</summary>
    public void DropTo(LogIndex last)
    {
        var first = 0;
        while (first + 1 < _starts.Count && _starts[first + 1].Index <= last.Next)
        {
            first++;
        }

        _starts.RemoveRange(0, first);
        if (_starts.Count > 0 && _starts[0].Index <= last)
        {
            _starts[0] = _starts[0] with { Index = last.Next };
        }
    }

    /// <summary>Gives one entry its own term in place of the one of the run it is in.</summary>
    public void Set(LogIndex index, Term term)
    {
        var at = 0;
        while (at + 1 < _starts.Count && _starts[at + 1].Index <= index)
        {
            at++;
        }

        var run = _starts[at];
        if (run.Term == term)
        {
            return;
        }

        // What follows in the run keeps its term, unless another run begins there.
        if (at + 1 == _starts.Count || _starts[at + 1].Index != index.Next)
        {
            _starts.Insert(at + 1, new LogPosition(index.Next, run.Term));
        }

        if (run.Index == index)
        {
            _starts[at] = new LogPosition(index, term);
        }
        else
        {
            _starts.Insert(at + 1, new LogPosition(index, term));
        }
    }

    /// <summary>The term of an entry that is held.</summary>
    public Term TermAt(LogIndex index)
    {
        int low = 0, high = _starts.Count - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_starts[middle].Index <= index)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        Invariant.Check(
            _starts.Count > 0 && _starts[low].Index <= index, $"no term is known at index {index}");
        return _starts[low].Term;
    }
}
