namespace Ikada.Simulation.Checkers;

/// <summary>
/// I3, log matching (§5.3): if two logs hold an entry of the same index and term, they are identical up
/// to it. One map
/// from (index, term) to the entry and the chain of its prefix, which every log that ever held the entry
/// must share.
/// </summary>
internal sealed class LogMatching
{
    public const string Property = "I3 log matching";
    private readonly Dictionary<(ulong Term, ulong Index), LogMirror.Entry> _others = [];
    private LogMirror.Entry[] _first = new LogMirror.Entry[256];

    /// <summary>A log holds an entry.</summary>
    public void Holds(int node, string where, ulong index, in LogMirror.Entry entry)
    {
        if (index >= (ulong)_first.Length)
        {
            Array.Resize(ref _first, (int)Math.Max((uint)_first.Length * 2, index + 1));
        }

        // Most indexes see one term only: it stands in the array.
        ref var first = ref _first[index];
        if (first.Term == 0)
        {
            first = entry;
        }

        var known = first.Term == entry.Term || _others.TryAdd((entry.Term, index), entry)
            ? first : _others[(entry.Term, index)];
        if (known.Term == entry.Term && known != entry)
        {
            throw new PropertyViolatedException(
                Property,
                $"the {where} of n{node + 1} holds an entry {index} of term {entry.Term} whose content or "
                + "history differs "
                + $"from what another log holds under that index and term (chain {entry.Chain:x16}, "
                + $"{known.Chain:x16})");
        }
    }

    /// <summary>The entry of that index and term, if any log ever held it.</summary>
    public bool TryFind(ulong index, ulong term, out LogMirror.Entry entry)
    {
        entry = default;
        if (index < (ulong)_first.Length && _first[index].Term == term)
        {
            entry = _first[index];
            return true;
        }

        return _others.TryGetValue((term, index), out entry);
    }

    /// <summary>A message carries an entry.</summary>
    public void Carries(int node, ulong index, ulong term, uint checksum)
    {
        if (!TryFind(index, term, out var known) || known.Checksum != checksum)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} sends an entry {index} of term {term} with checksum {checksum:x8}; the one "
                + "in the logs has "
                + $"{known.Checksum:x8}");
        }
    }
}
