using System.Text;
using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>What a member tells all others about itself once it has started; no key, and no revision is
/// made for it.</summary>
/// <param name="Id">Whose.</param>
/// <param name="Name">The name it was started with.</param>
/// <param name="ClientUrls">Where clients reach it.</param>
public sealed record PublishedMember(NodeId Id, string Name, IReadOnlyList<string> ClientUrls)
{
    // Far above any real list, far below what would hurt.
    private const int UrlsMax = 64;

    internal byte[] EncodeAttributes()
    {
        var name = Encoding.UTF8.GetBytes(Name);
        var length = ByteWriter.LengthOfBytes(name) + ByteWriter.LengthOfVarint(ClientUrls.Count);
        var urls = new byte[ClientUrls.Count][];
        for (var i = 0; i < urls.Length; i++)
        {
            urls[i] = Encoding.UTF8.GetBytes(ClientUrls[i]);
            length += ByteWriter.LengthOfBytes(urls[i]);
        }

        var bytes = new byte[length];
        var writer = new ByteWriter(bytes);
        writer.WriteBytes(name);
        writer.WriteVarint(urls.Length);
        foreach (var url in urls)
        {
            writer.WriteBytes(url);
        }

        return bytes;
    }

    internal static bool TryDecode(NodeId id, ReadOnlySpan<byte> attributes, out PublishedMember member)
    {
        member = new PublishedMember(id, string.Empty, []);
        var reader = new ByteReader(attributes);
        if (id.IsNone || !reader.TryReadBytes(out var name)
            || !reader.TryReadVarint(out var count) || count > UrlsMax)
        {
            return false;
        }

        var urls = new string[count];
        for (var i = 0; i < urls.Length; i++)
        {
            if (!reader.TryReadBytes(out var url))
            {
                return false;
            }

            urls[i] = Encoding.UTF8.GetString(url);
        }

        member = new PublishedMember(id, Encoding.UTF8.GetString(name), urls);
        return reader.AtEnd;
    }
}
