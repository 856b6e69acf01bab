using System.Globalization;
using System.Text;
using Google.Protobuf;

namespace Ikada.Cli.Client;

/// <summary>
/// Text as Go quotes it, which is how etcdctl prints and reads bytes. A key is bytes, a command line is
/// text: a byte that is no UTF-8 travels through text as the lone surrogate U+DC00 + byte.
/// </summary>
internal static class GoText
{
    private const int Escaped = 0xDC00;
    private const string Plain = "abfnrtv\\'\"";
    private const string PlainMeaning = "\a\b\f\n\r\t\v\\'\"";

    public static ByteString Bytes(string text)
    {
        if (!text.Any(char.IsSurrogate))
        {
            return ByteString.CopyFromUtf8(text);
        }

        var bytes = new List<byte>(text.Length + 8);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] is >= (char)(Escaped + 0x80) and <= (char)(Escaped + 0xFF)
                && (at == 0 || !char.IsHighSurrogate(text[at - 1])))
            {
                bytes.Add((byte)(text[at] - Escaped));
                continue;
            }

            var length = char.IsSurrogatePair(text, at) ? 2 : 1;
            bytes.AddRange(Encoding.UTF8.GetBytes(text.Substring(at, length)));
            at += length - 1;
        }

        return ByteString.CopyFrom(bytes.ToArray());
    }

    public static string Text(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var length)
                == System.Buffers.OperationStatus.Done)
            {
                text.Append(rune.ToString());
            }
            else
            {
                length = 1;
                text.Append((char)(Escaped + bytes[0]));
            }

            bytes = bytes[length..];
        }

        return text.ToString();
    }

    /// <summary>As Go's %q.</summary>
    public static string Quoted(ByteString bytes)
    {
        var text = new StringBuilder("\"");
        var rest = bytes.Span;
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(rest, out var rune, out var length)
                == System.Buffers.OperationStatus.Done)
            {
                AppendQuoted(text, rune);
            }
            else
            {
                length = 1;
                text.Append(CultureInfo.InvariantCulture, $"\\x{rest[0]:x2}");
            }

            rest = rest[length..];
        }

        return text.Append('"').ToString();
    }

    public static string Quoted(string text) => Quoted(Bytes(text));

    /// <summary>Reads a quoted text that begins at a place: "with escapes" or `as it stands`.</summary>
    /// <param name="text">The line.</param>
    /// <param name="at">Where it begins; behind it afterwards.</param>
    /// <returns>Its bytes; null: it is not quoted, has no end, or an escape is unknown.</returns>
    public static byte[]? Unquote(string text, ref int at)
    {
        if (at >= text.Length || text[at] is not ('"' or '`'))
        {
            return null;
        }

        var quote = text[at++];
        var bytes = new List<byte>();
        while (at < text.Length)
        {
            var start = at;
            if (text[at] == quote)
            {
                at++;
                return [.. bytes];
            }

            if (quote == '"' && text[at] == '\\')
            {
                at++;
                if (Escape(text, ref at) is not { } escaped)
                {
                    return null;
                }

                bytes.AddRange(escaped);
                continue;
            }

            at += char.IsSurrogatePair(text, at) ? 2 : 1;
            bytes.AddRange(Bytes(text[start..at]));
        }

        return null;
    }

    private static void AppendQuoted(StringBuilder text, Rune rune)
    {
        var plain = rune.IsAscii ? PlainMeaning.IndexOf((char)rune.Value, StringComparison.Ordinal) : -1;
        if (plain >= 0 && rune.Value != '\'')
        {
            text.Append('\\').Append(Plain[plain]);
        }
        else if (rune.Value is < 0x20 or 0x7F)
        {
            text.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}");
        }
        else if (rune.Value != ' ' && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control
            or UnicodeCategory.Format or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
        {
            text.Append(string.Create(
                CultureInfo.InvariantCulture,
                $"{(rune.IsBmp ? $"\\u{rune.Value:x4}" : $"\\U{rune.Value:x8}")}"));
        }
        else
        {
            text.Append(rune.ToString());
        }
    }

    private static byte[]? Escape(string text, ref int at)
    {
        if (at >= text.Length)
        {
            return null;
        }

        var kind = text[at++];
        var plain = Plain.IndexOf(kind, StringComparison.Ordinal);
        return plain >= 0 ? [(byte)PlainMeaning[plain]]
            : kind == 'x' ? Number(text, ref at, 2, 16) is { } hex ? [(byte)hex] : null
            : kind == 'u' ? Character(Number(text, ref at, 4, 16))
            : kind == 'U' ? Character(Number(text, ref at, 8, 16))
            : kind is >= '0' and <= '3' ? Octal(text, ref at)
            : null;
    }

    private static byte[]? Octal(string text, ref int at)
    {
        at--;
        return Number(text, ref at, 3, 8) is { } value ? [(byte)value] : null;
    }

    private static uint? Number(string text, ref int at, int digits, uint radix)
    {
        if (at + digits > text.Length)
        {
            return null;
        }

        var value = 0U;
        foreach (var c in text.AsSpan(at, digits))
        {
            var digit = char.IsAsciiHexDigit(c) ? Convert.ToUInt32(c.ToString(), 16) : radix;
            if (digit >= radix)
            {
                return null;
            }

            value = (value * radix) + digit;
        }

        at += digits;
        return value;
    }

    private static byte[]? Character(uint? code) => code is { } value && Rune.IsValid(value)
        ? Encoding.UTF8.GetBytes(new Rune(value).ToString()) : null;
}
