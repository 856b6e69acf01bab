using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>The messages with entries that are on their way to one peer, oldest first, counted and weighed:
/// what bounds a leader's stream (diss. §10.2.1).</summary>
internal sealed class Inflight
{
    // A ring. It grows to the most that were ever on their way at once, which the option bounds.
    private Sent[] _ring = new Sent[8];
    private int _first;

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes of their entries.</summary>
    public long Bytes { get; private set; }

    /// <summary>One more left, whose last entry is <paramref name="end"/>.</summary>
    public void Add(LogIndex end, long bytes)
    {
        if (Count == _ring.Length)
        {
            Grow();
        }

        _ring[(_first + Count) & (_ring.Length - 1)] = new Sent(end, bytes);
        Count++;
        Bytes += bytes;
    }

    /// <summary>Everything up to <paramref name="match"/> has arrived.</summary>
    public void FreeTo(LogIndex match)
    {
        while (Count > 0 && _ring[_first].End <= match)
        {
            Bytes -= _ring[_first].Bytes;
            Count--;
            _first = (_first + 1) & (_ring.Length - 1);
        }
    }

    /// <summary>Nothing is known of them any more.</summary>
    public void Clear() => (_first, Count, Bytes) = (0, 0, 0);

    private void Grow()
    {
        var larger = new Sent[_ring.Length * 2];
        for (var i = 0; i < Count; i++)
        {
            larger[i] = _ring[(_first + i) & (_ring.Length - 1)];
        }

        (_ring, _first) = (larger, 0);
    }

    private readonly record struct Sent(LogIndex End, long Bytes);
}
