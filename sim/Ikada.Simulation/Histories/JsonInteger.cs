using System.Text;
using System.Text.Json;

namespace Ikada.Simulation.Histories;

/// <summary>Integers as JSON may write them: also as 1e9 or 5.0.</summary>
internal static class JsonInteger
{
    private const int ShownMax = 40;

    /// <summary>The number, if it is an integer of 64 bits.</summary>
    public static bool TryRead(ref Utf8JsonReader reader, out long number)
    {
        if (reader.TryGetInt64(out number))
        {
            return true;
        }

        // A decimal holds 28 digits: what has more, or so small a part that it would be rounded off, is not
        // taken for an integer.
        var text = reader.ValueSpan;
        if (text.Length > 28 || text.IndexOf("e-"u8) >= 0 || text.IndexOf("E-"u8) >= 0
            || !reader.TryGetDecimal(out var exact) || decimal.Truncate(exact) != exact
            || exact < long.MinValue || exact > long.MaxValue)
        {
            return false;
        }

        number = (long)exact;
        return true;
    }

    /// <summary>A number for a message.</summary>
    public static string Shown(ReadOnlySpan<byte> text) => text.Length <= ShownMax
        ? Encoding.ASCII.GetString(text) : Encoding.ASCII.GetString(text[..ShownMax]) + "...";
}
