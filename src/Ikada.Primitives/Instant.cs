namespace Ikada.Primitives;

/// <summary>A moment on a node's monotonic clock that also runs while the machine sleeps (CLOCK_BOOTTIME).
/// Moments of two nodes, or of two boots, cannot be compared.</summary>
/// <param name="Ticks">100 ns units since an arbitrary start.</param>
public readonly record struct Instant(long Ticks) : IComparable<Instant>
{
    /// <summary>Never: later than every other moment.</summary>
    public static Instant Never => new(long.MaxValue);

    /// <inheritdoc/>
    public int CompareTo(Instant other) => Ticks.CompareTo(other.Ticks);

    /// <summary>The earlier of two.</summary>
    public static Instant Min(Instant left, Instant right) => left.Ticks < right.Ticks ? left : right;

    /// <summary>The moment that much later.</summary>
    public static Instant operator +(Instant left, TimeSpan span) => new(left.Ticks + span.Ticks);

    /// <summary>The time between two.</summary>
    public static TimeSpan operator -(Instant left, Instant right) => new(left.Ticks - right.Ticks);

    /// <summary>Whether <paramref name="left"/> is earlier.</summary>
    public static bool operator <(Instant left, Instant right) => left.Ticks < right.Ticks;

    /// <summary>Whether <paramref name="left"/> is later.</summary>
    public static bool operator >(Instant left, Instant right) => left.Ticks > right.Ticks;

    /// <summary>Whether <paramref name="left"/> is earlier or the same.</summary>
    public static bool operator <=(Instant left, Instant right) => left.Ticks <= right.Ticks;

    /// <summary>Whether <paramref name="left"/> is later or the same.</summary>
    public static bool operator >=(Instant left, Instant right) => left.Ticks >= right.Ticks;
}
