using System.Numerics;
using Ikada.Primitives;

namespace Ikada.Simulation.Time;

/// <summary>Draws of virtual time. Whole numbers only: floating point may differ between machines.</summary>
internal static class Draw
{
    public const long Microsecond = 10;
    public const long Millisecond = 10_000;
    public const long Second = 10_000_000;

    /// <summary>A span that is usually around <paramref name="mean"/> and rarely many times that
    /// (exponential).</summary>
    public static long Exponential(this RandomSource random, long mean)
    {
        // -log2(u) of a uniform u is its count of leading zeros plus one less its mantissa; ln 2 is
        // 45426/65536.
        var bits = random.NextUInt64() | 1;
        var zeros = BitOperations.LeadingZeroCount(bits);
        var mantissa = (long)((bits << zeros << 1) >> 48);
        var log = ((zeros + 1L) << 16) - mantissa;
        return (mean * ((log * 45426) >> 16)) >> 16;
    }

    /// <summary>A span from <paramref name="least"/> up to, not including,
    /// <paramref name="bound"/>.</summary>
    public static long Between(this RandomSource random, long least, long bound) =>
        least + (long)random.NextBelow((ulong)Math.Max(1, bound - least));
}
