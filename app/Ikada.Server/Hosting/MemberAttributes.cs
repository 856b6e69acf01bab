using System.Buffers.Binary;
using System.Text;

namespace Ikada.Server;

/// <summary>
/// What the membership carries of a member for us: name and peer URLs. Part of the log's base, so every
/// node must make the same bytes: version 1, then name and each URL (sorted) as a 16-bit little-endian
/// length with UTF-8 bytes.
/// </summary>
/// <param name="Name">The name.</param>
/// <param name="PeerUrls">Where peers reach it, sorted.</param>
internal sealed record MemberAttributes(string Name, IReadOnlyList<string> PeerUrls)
{
    private const byte FormatVersion = 1;

    public static MemberAttributes Of(InitialMember member) =>
        new(member.Name, [.. member.PeerUrls.Select(ServerOptions.Text).Order(StringComparer.Ordinal)]);

    public byte[] Encode()
    {
        var bytes = new List<byte> { FormatVersion };
        Span<byte> length = stackalloc byte[2];
        foreach (var text in PeerUrls.Prepend(Name))
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteUInt16LittleEndian(length, checked((ushort)utf8.Length));
            bytes.AddRange(length);
            bytes.AddRange(utf8);
        }

        return [.. bytes];
    }

    /// <summary>Decodes; what a newer version wrote gives nothing but no error: it is for display.</summary>
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
            ? new MemberAttributes(string.Empty, [])
            : new MemberAttributes(texts[0], texts[1..]);
    }
}
