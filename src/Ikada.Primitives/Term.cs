namespace Ikada.Primitives;

/// <summary>A leadership period; grows by one with each candidacy, never falls on a node (§5.1). 0 is
/// before the first election.</summary>
/// <param name="Value">The number itself.</param>
public readonly record struct Term(ulong Value) : IComparable<Term>
{
    /// <summary>The term after this one.</summary>
    public Term Next => new(Value + 1);

    /// <summary>The larger of two.</summary>
    public static Term Max(Term left, Term right) => left.Value > right.Value ? left : right;

    /// <inheritdoc/>
    public int CompareTo(Term other) => Value.CompareTo(other.Value);

    /// <summary>Whether <paramref name="left"/> is smaller.</summary>
    public static bool operator <(Term left, Term right) => left.Value < right.Value;

    /// <summary>Whether <paramref name="left"/> is larger.</summary>
    public static bool operator >(Term left, Term right) => left.Value > right.Value;

    /// <summary>Whether <paramref name="left"/> is smaller or equal.</summary>
    public static bool operator <=(Term left, Term right) => left.Value <= right.Value;

    /// <summary>Whether <paramref name="left"/> is larger or equal.</summary>
    public static bool operator >=(Term left, Term right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
