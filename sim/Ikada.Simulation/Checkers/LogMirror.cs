using Ikada.Primitives;

namespace Ikada.Simulation.Checkers;

/// <summary>
/// What a checker remembers of a log: of each entry its term, and a chain over all entries up to it, so that two
/// logs agree up to an index exactly if their chains there do.
/// </summary>
internal sealed class LogMirror
{
    private ulong[] _terms = new ulong[256];
    private ulong[] _chains = new ulong[256];

    /// <summary>The last index; 0 for an empty log.</summary>
    public ulong Last { get; private set; }

    public ulong LastTerm => _terms[Last];

    public ulong TermAt(ulong index) => _terms[index];

    public ulong ChainAt(ulong index) => _chains[index];

    /// <summary>Adds an entry and returns the chain up to it.</summary>
    public ulong Append(ulong term, uint checksum)
    {
        if (++Last == (ulong)_terms.Length)
        {
            Array.Resize(ref _terms, _terms.Length * 2);
            Array.Resize(ref _chains, _chains.Length * 2);
        }

        _terms[Last] = term;
        return _chains[Last] = Chain(_chains[Last - 1], term, checksum);
    }

    /// <summary>Drops all entries after <paramref name="last"/>.</summary>
    public void TruncateTo(ulong last) => Last = Math.Min(Last, last);

    /// <summary>Whether the log holds an entry of <paramref name="term"/> at <paramref name="index"/>.</summary>
    public bool Holds(ulong index, ulong term) => index <= Last && _terms[index] == term;

    /// <summary>The chain of one more entry.</summary>
    public static ulong Chain(ulong before, ulong term, uint checksum)
    {
        var mixed = (before ^ term ^ ((ulong)checksum << 32)) * 0x9E3779B97F4A7C15;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>Takes over what another mirror holds.</summary>
    public void CopyFrom(LogMirror other)
    {
        Invariant.Check(!ReferenceEquals(this, other), $"a mirror cannot be copied onto itself");
        (_terms, _chains, Last) = ((ulong[])other._terms.Clone(), (ulong[])other._chains.Clone(), other.Last);
    }
}
