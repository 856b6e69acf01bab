namespace Ikada.Primitives;

/// <summary>
/// Our own generator (SplitMix64): the same seed gives the same numbers on every version of .NET, which
/// <c>new Random(seed)</c> does not promise. State is one number, so it can be part of a pure state. Not
/// for secrets.
/// </summary>
public sealed class RandomSource(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next 64 random bits.</summary>
    public ulong NextUInt64()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = _state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>A number from 0 up to, not including, <paramref name="bound"/>, which must be
    /// positive.</summary>
    public ulong NextBelow(ulong bound)
    {
        ArgumentOutOfRangeException.ThrowIfZero(bound);
        return (ulong)(((UInt128)NextUInt64() * bound) >> 64);
    }

    /// <summary>A number from 0 up to, not including, <paramref name="bound"/>, which must be
    /// positive.</summary>
    public int NextBelow(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        return (int)NextBelow((ulong)bound);
    }

    /// <summary>True once in <paramref name="oneIn"/> times.</summary>
    public bool OneIn(int oneIn) => NextBelow(oneIn) == 0;

    /// <summary>True with a probability of <paramref name="perMillion"/> in a million.</summary>
    public bool Chance(int perMillion) => NextBelow(1_000_000) < perMillion;

    /// <summary>A span of at least <paramref name="least"/> and less than <paramref name="bound"/>.</summary>
    public TimeSpan NextSpan(TimeSpan least, TimeSpan bound) =>
        least + TimeSpan.FromTicks((long)NextBelow((ulong)Math.Max(1, (bound - least).Ticks)));

    /// <summary>Goes on with the numbers that a generator of <paramref name="seed"/> gives.</summary>
    public void Restart(ulong seed) => _state = seed;

    /// <summary>A generator of its own, drawn from this one.</summary>
    public RandomSource Split() => new(NextUInt64());
}
