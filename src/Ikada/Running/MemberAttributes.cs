using System.Buffers.Binary;
using System.Text;

namespace Ikada;

/// <summary>
/// What the membership carries of a member: its name and where the others reach it. Part of the log's base,
/// so every node must make the same bytes: version 1, then name and each address (sorted) as a 16-bit
/// little-endian length with UTF-8 bytes.
/// </summary>
public sealed class MemberAttributes
{
    private const byte FormatVersion = 1;

    /// <summary>A name and addresses, which are sorted.</summary>
    public MemberAttributes(string name, params IEnumerable<string> addresses) =>
        (Name, Addresses) = (name, [.. addresses.Order(StringComparer.Ordinal)]);

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>Where the others reach it, sorted; the first one counts.</summary>
    public IReadOnlyList<string> Addresses { get; }

    /// <summary>Reads what <see cref="Encode"/> wrote. What a newer version wrote gives nothing but no error:
    /// it is for display.</summary>
    public static MemberAttributes Decode(ReadOnlySpan<byte> bytes)
    {
        var texts = new List<string>();
        for (var rest = bytes.IsEmpty || bytes[0] != FormatVersion ? [] : bytes[1..]; rest.Length >= 2;)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            if (rest.Length - 2 < length)
            {
                break;
            }

            texts.Add(Encoding.UTF8.GetString(rest.Slice(2, length)));
            rest = rest[(2 + length)..];
        }

        return texts.Count == 0
            ? new MemberAttributes(string.Empty)
            : new MemberAttributes(texts[0], texts[1..]);
    }

    /// <summary>As bytes.</summary>
    public byte[] Encode()
    {
        var bytes = new List<byte> { FormatVersion };
        Span<byte> length = stackalloc byte[2];
        foreach (var text in Addresses.Prepend(Name))
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteUInt16LittleEndian(length, checked((ushort)utf8.Length));
            bytes.AddRange(length);
            bytes.AddRange(utf8);
        }

        return [.. bytes];
    }
}
