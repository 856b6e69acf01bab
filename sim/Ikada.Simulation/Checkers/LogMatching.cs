namespace Ikada.Simulation.Checkers;

/// <summary>
/// I3, log matching (§5.3): if two logs hold an entry of the same index and term, they are identical up to it. One map
/// from (index, term) to the chain of the prefix, which every log that ever held the entry must share.
/// </summary>
internal sealed class LogMatching
{
    public const string Property = "I3 log matching";
    private readonly Dictionary<(ulong Term, ulong Index), ulong> _others = [];
    private (ulong Term, ulong Chain)[] _first = new (ulong, ulong)[256];

    /// <summary>A log holds an entry.</summary>
    public void Holds(int node, string where, ulong index, ulong term, ulong chain)
    {
        if (index >= (ulong)_first.Length)
        {
            Array.Resize(ref _first, (int)Math.Max((uint)_first.Length * 2, index + 1));
        }

        // Most indexes see one term only: it stands in the array.
        ref var first = ref _first[index];
        if (first.Term == 0)
        {
            first = (term, chain);
        }

        var known = chain;
        if (first.Term == term)
        {
            known = first.Chain;
        }
        else if (!_others.TryAdd((term, index), chain))
        {
            known = _others[(term, index)];
        }

        if (known != chain)
        {
            throw new PropertyViolatedException(
                Property,
                $"the {where} of n{node + 1} holds an entry {index} of term {term} whose content or history differs "
                + $"from what another log holds under that index and term (chain {chain:x16}, known {known:x16})");
        }
    }
}
