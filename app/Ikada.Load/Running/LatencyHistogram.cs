using System.Numerics;

namespace Ikada.Load.Running;

/// <summary>
/// Counts times in classes whose width is at most 1/128 of what they hold (as HDR histograms do), from 1 ns
/// to
/// hours: nothing is lost and nothing is sampled.
/// </summary>
public sealed class LatencyHistogram
{
    private const int SubBits = 7;
    private const int Subs = 1 << SubBits;
    private readonly long[] _counts = new long[(65 - SubBits) * Subs];

    /// <summary>How many times were recorded.</summary>
    public long Count { get; private set; }

    /// <summary>The longest, in nanoseconds; 0 without any.</summary>
    public long MaxNanoseconds { get; private set; }

    public void Record(long nanoseconds)
    {
        nanoseconds = Math.Max(nanoseconds, 0);
        _counts[ClassOf(nanoseconds)]++;
        Count++;
        MaxNanoseconds = Math.Max(MaxNanoseconds, nanoseconds);
    }

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }

        Count += other.Count;
        MaxNanoseconds = Math.Max(MaxNanoseconds, other.MaxNanoseconds);
    }

    /// <summary>The time, in nanoseconds, that this share of all did not exceed, to within the width of its
    /// class; 0 without any.</summary>
    /// <param name="share">0 to 1; 0.5 is the median.</param>
    public long Percentile(double share)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        var seen = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank)
            {
                return Math.Min(UpperEnd(i), MaxNanoseconds);
            }
        }

        return 0;
    }

    // Below 2 x 128 each number is a class; above, the first eight bits of a number and how many follow.
    private static int ClassOf(long value)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)value) - SubBits);
        return (shift << SubBits) + (int)(value >> shift);
    }

    private static long UpperEnd(int index)
    {
        var shift = Math.Max(0, (index >> SubBits) - 1);
        var first = (long)(index - (shift << SubBits)) << shift;
        return first + (1L << shift) - 1;
    }
}
