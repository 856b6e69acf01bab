using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>The terms along a group's log, by the index at which each begins.</summary>
internal sealed class TermRuns
{
    private readonly List<LogPosition> _starts = [];

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
