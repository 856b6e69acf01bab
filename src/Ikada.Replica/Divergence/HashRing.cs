using Ikada.Primitives;

namespace Ikada.Replica.Divergence;

/// <summary>
/// The hashes of this node's own state at the last indexes where it stood: at the ends of requests, and,
/// for much longer, at the marks, where every replica stops whatever the size of its requests.
/// </summary>
/// <param name="markEvery">How many entries lie between two marks.</param>
internal sealed class HashRing(int markEvery)
{
    private const int Kept = 32;
    private readonly (LogIndex Index, ulong Hash)[] _ends = new (LogIndex, ulong)[Kept];
    private readonly (LogIndex Index, ulong Hash)[] _marks = new (LogIndex, ulong)[Kept];
    private int _end;
    private int _mark;

    /// <summary>The newest one; index 0: none.</summary>
    public (LogIndex Index, ulong Hash) Newest { get; private set; }

    /// <summary>The newest one at a mark; index 0: none.</summary>
    public (LogIndex Index, ulong Hash) NewestMark { get; private set; }

    /// <summary>The next mark after <paramref name="index"/>: no request may reach beyond it.</summary>
    public static LogIndex NextMark(LogIndex index, int markEvery) =>
        new(((index.Value / (ulong)markEvery) + 1) * (ulong)markEvery);

    /// <summary>The state stands there. A hash of 0 says that the machine has none.</summary>
    public void Add(LogIndex index, ulong hash)
    {
        if (hash == 0 || index == LogIndex.Zero)
        {
            return;
        }

        Newest = (index, hash);
        _ends[_end] = Newest;
        _end = (_end + 1) % Kept;
        if (index.Value % (ulong)markEvery == 0)
        {
            NewestMark = Newest;
            _marks[_mark] = Newest;
            _mark = (_mark + 1) % Kept;
        }
    }

    /// <summary>The hash there, if it is known still.</summary>
    public bool TryFind(LogIndex index, out ulong hash)
    {
        hash = 0;
        return index != LogIndex.Zero
            && (TryFind(_ends, index, ref hash) || TryFind(_marks, index, ref hash));
    }

    /// <summary>The state is another one.</summary>
    public void Clear()
    {
        (Newest, NewestMark) = (default, default);
        Array.Clear(_ends);
        Array.Clear(_marks);
    }

    private static bool TryFind((LogIndex Index, ulong Hash)[] from, LogIndex index, ref ulong hash)
    {
        foreach (var (at, found) in from)
        {
            if (at == index)
            {
                hash = found;
                return true;
            }
        }

        return false;
    }
}
