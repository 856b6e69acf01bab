using System.Buffers;
using System.Globalization;

namespace Ikada.Cli.Serving;

/// <summary>Reads values as Go's flag package does, which is how etcd reads its own.</summary>
internal static class GoValues
{
    // Longest first where one is the beginning of another ("ms" before "m").
    private static readonly (string Unit, double Nanoseconds)[] Units =
    [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6),
        ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ];

    private static readonly SearchValues<char> AmountCharacters = SearchValues.Create("0123456789.");

    public static bool TryBoolean(string text, out bool value)
    {
        value = text is "1" or "t" or "T" or "TRUE" or "true" or "True";
        return value || text is "0" or "f" or "F" or "FALSE" or "false" or "False";
    }

    /// <summary>Whole numbers in Go's notations: decimal, 0x, 0o, 0b, a leading 0 for octal, _ between
    /// digits.</summary>
    public static bool TryUnsigned(string text, out ulong value)
    {
        value = 0;
        var digits = text;
        var radix = 10u;
        if (text.Length > 1 && text[0] == '0')
        {
            (radix, var skip) = char.ToLowerInvariant(text[1]) switch
            {
                'x' => (16u, 2),
                'b' => (2u, 2),
                'o' => (8u, 2),
                _ => (8u, 1),
            };
            digits = text[skip..];
        }

        if (digits.Length == 0 || digits[^1] == '_' || digits.Contains("__", StringComparison.Ordinal)
            || (radix == 10 && digits.Contains('_', StringComparison.Ordinal)))
        {
            return false;
        }

        foreach (var c in digits)
        {
            if (c == '_')
            {
                continue;
            }

            var digit = char.IsAsciiHexDigit(c) ? Convert.ToUInt32(c.ToString(), 16) : radix;
            if (digit >= radix || value > (ulong.MaxValue - digit) / radix)
            {
                return false;
            }

            value = value * radix + digit;
        }

        return true;
    }

    public static bool TryInteger(string text, out long value)
    {
        var negative = text.StartsWith('-');
        var digits = negative || text.StartsWith('+') ? text[1..] : text;
        value = 0;
        if (!TryUnsigned(digits, out var magnitude)
            || magnitude > (ulong)long.MaxValue + (negative ? 1u : 0u))
        {
            return false;
        }

        value = negative ? unchecked(-(long)magnitude) : (long)magnitude;
        return true;
    }

    public static bool TryNumber(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

    /// <summary>A sum such as <c>1h30m</c>, <c>1.5s</c> or <c>-20ms</c>; only 0 may go without a
    /// unit.</summary>
    public static bool TryDuration(string text, out TimeSpan value)
    {
        value = default;
        var negative = text.StartsWith('-');
        var rest = negative || text.StartsWith('+') ? text.AsSpan(1) : text;
        if (rest is "0")
        {
            return true;
        }

        if (rest.IsEmpty)
        {
            return false;
        }

        var nanoseconds = 0d;
        while (!rest.IsEmpty)
        {
            var length = rest.IndexOfAnyExcept(AmountCharacters);
            if (length <= 0 || !double.TryParse(
                rest[..length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
            {
                return false;
            }

            rest = rest[length..];
            if (!TryUnit(ref rest, out var unit))
            {
                return false;
            }

            nanoseconds += amount * unit;
        }

        if (nanoseconds > long.MaxValue)
        {
            return false;
        }

        value = TimeSpan.FromTicks((long)(nanoseconds / 100) * (negative ? -1 : 1));
        return true;
    }

    private static bool TryUnit(ref ReadOnlySpan<char> rest, out double nanoseconds)
    {
        foreach (var (unit, size) in Units)
        {
            if (rest.StartsWith(unit, StringComparison.Ordinal))
            {
                rest = rest[unit.Length..];
                nanoseconds = size;
                return true;
            }
        }

        nanoseconds = 0;
        return false;
    }
}
