namespace Ikada.Primitives;

/// <summary>How often a node's directory has been opened: durable, raised by one at each open before the
/// first frame is sent. A peer that reports fewer than seen before runs on a copied or rolled-back
/// directory.</summary>
/// <param name="Value">The number itself.</param>
public readonly record struct StartCount(ulong Value) : IComparable<StartCount>
{
    /// <inheritdoc/>
    public int CompareTo(StartCount other) => Value.CompareTo(other.Value);

    /// <summary>Whether <paramref name="left"/> is smaller.</summary>
    public static bool operator <(StartCount left, StartCount right) => left.Value < right.Value;

    /// <summary>Whether <paramref name="left"/> is larger.</summary>
    public static bool operator >(StartCount left, StartCount right) => left.Value > right.Value;

    /// <summary>Whether <paramref name="left"/> is smaller or equal.</summary>
    public static bool operator <=(StartCount left, StartCount right) => left.Value <= right.Value;

    /// <summary>Whether <paramref name="left"/> is larger or equal.</summary>
    public static bool operator >=(StartCount left, StartCount right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
