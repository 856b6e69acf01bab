using Ikada.Primitives;

namespace Ikada.Simulation.Checkers;

/// <summary>
/// What a checker remembers of a log: of each entry its term, checksum and kind, and a chain over all
/// entries up to it,
/// so that two logs agree up to an index exactly if their chains there do.
/// </summary>
internal sealed class LogMirror(Membership start)
{
    private readonly List<ulong> _memberships = [];
    private Entry[] _entries = new Entry[256];

    /// <summary>A log that starts without members.</summary>
    public LogMirror()
        : this(Membership.Empty)
    {
    }

    /// <summary>The membership before the first entry.</summary>
    public Membership Start { get; private set; } = start;

    /// <summary>Where the membership entries stand, in order.</summary>
    public IReadOnlyList<ulong> Memberships => _memberships;

    /// <summary>The last index; 0 for an empty log.</summary>
    public ulong Last { get; private set; }

    public ulong LastTerm => _entries[Last].Term;

    public ulong TermAt(ulong index) => _entries[index].Term;

    public ulong ChainAt(ulong index) => _entries[index].Chain;

    public Entry At(ulong index) => _entries[index];

    /// <summary>Adds an entry and returns the chain up to it.</summary>
    public ulong Append(ulong term, uint checksum, EntryKind kind)
    {
        if (++Last == (ulong)_entries.Length)
        {
            Array.Resize(ref _entries, _entries.Length * 2);
        }

        var chain = Chain(_entries[Last - 1].Chain, term, checksum);
        _entries[Last] = new Entry(term, chain, checksum, kind);
        if (kind == EntryKind.Membership)
        {
            _memberships.Add(Last);
        }

        return chain;
    }

    /// <summary>Drops all entries after <paramref name="last"/>.</summary>
    public void TruncateTo(ulong last)
    {
        Last = Math.Min(Last, last);
        while (_memberships.Count > 0 && _memberships[^1] > Last)
        {
            _memberships.RemoveAt(_memberships.Count - 1);
        }
    }

    /// <summary>Becomes what another log is up to <paramref name="last"/>, and ends there.</summary>
    public void Become(LogMirror other, ulong last)
    {
        var shared = Math.Min(Last, last);
        while (_entries[shared].Chain != other._entries[shared].Chain)
        {
            shared--;
        }

        TruncateTo(shared);
        Start = other.Start;
        while (Last < last)
        {
            var entry = other.At(Last + 1);
            Append(entry.Term, entry.Checksum, entry.Kind);
        }
    }

    /// <summary>Whether the log holds an entry of <paramref name="term"/> at
    /// <paramref name="index"/>.</summary>
    public bool Holds(ulong index, ulong term) => index <= Last && _entries[index].Term == term;

    private static ulong Chain(ulong before, ulong term, uint checksum)
    {
        var mixed = (before ^ term ^ ((ulong)checksum << 32)) * 0x9E3779B97F4A7C15;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>What is remembered of an entry.</summary>
    internal readonly record struct Entry(ulong Term, ulong Chain, uint Checksum, EntryKind Kind);
}
