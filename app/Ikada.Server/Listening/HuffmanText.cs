using System.Text;

namespace Ikada.Server;

/// <summary>Reads text in HPACK's Huffman code (RFC 7541, appendix B), of printable ASCII. The code is
/// canonical, so the characters of each length in their order say all.</summary>
internal static class HuffmanText
{
    private static readonly (int Bits, string Characters)[] Lengths =
    [
        (5, "012aceiost"),
        (6, " %-./3456789=A_bdfghlmnpru"),
        (7, ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz"),
        (8, "&*,;XZ"),
        (10, "!\"()?"),
        (11, "'+|"),
        (12, "#>"),
        (13, "\0$@[]~"),
        (14, "^}"),
        (15, "<`{"),
        (19, "\\"),
    ];

    /// <summary>The text; null if it is not in this code, or has other characters.</summary>
    public static string? Read(ReadOnlySpan<byte> coded)
    {
        var text = new StringBuilder();
        var (code, bits) = (0, 0);
        for (var i = 0; i < 8 * coded.Length; i++)
        {
            code = (code << 1) | ((coded[i / 8] >> (7 - (i % 8))) & 1);
            if (CharacterOf(code, ++bits) is { } character)
            {
                text.Append(character);
                (code, bits) = (0, 0);
            }
        }

        // The last byte is filled up with ones.
        return bits < 8 && code == (1 << bits) - 1 ? text.ToString() : null;
    }

    private static char? CharacterOf(int code, int bits)
    {
        var (first, before) = (0, 0);
        foreach (var (length, characters) in Lengths)
        {
            first <<= length - before;
            if (length == bits)
            {
                var at = code - first;
                return at >= 0 && at < characters.Length ? characters[at] : null;
            }

            first += characters.Length;
            before = length;
        }

        return null;
    }
}
