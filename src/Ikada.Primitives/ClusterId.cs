namespace Ikada.Primitives;

/// <summary>The identity of a cluster: a hash of its first members and the token. Never 0.</summary>
/// <param name="Value">The number itself.</param>
public readonly record struct ClusterId(ulong Value) : IComparable<ClusterId>
{
    /// <inheritdoc/>
    public int CompareTo(ClusterId other) => Value.CompareTo(other.Value);

    /// <summary>Whether <paramref name="left"/> is smaller.</summary>
    public static bool operator <(ClusterId left, ClusterId right) => left.Value < right.Value;

    /// <summary>Whether <paramref name="left"/> is larger.</summary>
    public static bool operator >(ClusterId left, ClusterId right) => left.Value > right.Value;

    /// <summary>Whether <paramref name="left"/> is smaller or equal.</summary>
    public static bool operator <=(ClusterId left, ClusterId right) => left.Value <= right.Value;

    /// <summary>Whether <paramref name="left"/> is larger or equal.</summary>
    public static bool operator >=(ClusterId left, ClusterId right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public override string ToString() =>
        Value.ToString("x", System.Globalization.CultureInfo.InvariantCulture);
}
