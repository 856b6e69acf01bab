using System.Globalization;

namespace Ikada.Primitives;

/// <summary>The position of an entry in a group's log. The first entry has index 1; 0 is before it
/// (§5.3).</summary>
/// <param name="Value">The number itself.</param>
public readonly record struct LogIndex(ulong Value) : IComparable<LogIndex>
{
    /// <summary>Before the first entry.</summary>
    public static LogIndex Zero => default;

    /// <summary>The index after this one.</summary>
    public LogIndex Next => new(Value + 1);

    /// <summary>The index before this one. Invariant: this is not <see cref="Zero"/>.</summary>
    public LogIndex Previous
    {
        get
        {
            Invariant.Check(Value > 0, $"there is no index before 0");
            return new(Value - 1);
        }
    }

    /// <summary>The smaller of two.</summary>
    public static LogIndex Min(LogIndex left, LogIndex right) => left.Value < right.Value ? left : right;

    /// <summary>The larger of two.</summary>
    public static LogIndex Max(LogIndex left, LogIndex right) => left.Value > right.Value ? left : right;

    /// <inheritdoc/>
    public int CompareTo(LogIndex other) => Value.CompareTo(other.Value);

    /// <summary>The index <paramref name="count"/> places later.</summary>
    public static LogIndex operator +(LogIndex left, ulong count) => new(left.Value + count);

    /// <summary>How many places lie between two; the right one must not be later.</summary>
    public static ulong operator -(LogIndex left, LogIndex right)
    {
        Invariant.Check(left.Value >= right.Value, $"index {left.Value} lies before {right.Value}");
        return left.Value - right.Value;
    }

    /// <summary>Whether <paramref name="left"/> is smaller.</summary>
    public static bool operator <(LogIndex left, LogIndex right) => left.Value < right.Value;

    /// <summary>Whether <paramref name="left"/> is larger.</summary>
    public static bool operator >(LogIndex left, LogIndex right) => left.Value > right.Value;

    /// <summary>Whether <paramref name="left"/> is smaller or equal.</summary>
    public static bool operator <=(LogIndex left, LogIndex right) => left.Value <= right.Value;

    /// <summary>Whether <paramref name="left"/> is larger or equal.</summary>
    public static bool operator >=(LogIndex left, LogIndex right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
