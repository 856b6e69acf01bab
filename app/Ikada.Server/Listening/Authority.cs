using System.Buffers;
using System.Net;
using System.Text;

namespace Ikada.Server;

/// <summary>
/// The <c>:authority</c> of a block of headers, which etcd never looks at and some of its clients therefore
/// fill with something else: etcdctl 3.4 sends the whole URL of the endpoint, others
/// <c>#initially=[…]</c>. Kestrel refuses what is not a host and a port.
/// </summary>
internal static class Authority
{
    private const byte Huffman = 0x80;
    private const int NameIndex = 1;

    private static readonly SearchValues<char> OfHosts = SearchValues.Create(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._~!$&'()*+,;=%");

    /// <summary>The first block of headers of a connection with a host in place of what is none; null if
    /// nothing is to be changed, or the block cannot be read (Kestrel says what is wrong with it).</summary>
    /// <remarks>The new value is as long as the old: the client goes on to refer to it by the table that both
    /// sides keep of headers (RFC 7541 §2.3), whose size counts lengths.</remarks>
    public static byte[]? Mended(ReadOnlySpan<byte> block)
    {
        for (var at = 0; at < block.Length;)
        {
            var kind = block[at];
            if ((kind & 0x80) != 0 || kind >> 5 == 1)
            {
                // One of the table's, or a new size for the table.
                if (!TryReadInteger(block, ref at, (kind & 0x80) != 0 ? 7 : 5, out _))
                {
                    return null;
                }

                continue;
            }

            if (!TryReadInteger(block, ref at, (kind & 0x40) != 0 ? 6 : 4, out var index)
                || (index == 0 && !TryReadString(block, ref at, out _)))
            {
                return null;
            }

            var start = at;
            if (!TryReadString(block, ref at, out var value))
            {
                return null;
            }

            if (index == NameIndex)
            {
                return value is null || IsHost(value)
                    ? null : [.. block[..start], .. Written(HostOf(value)), .. block[at..]];
            }
        }

        return null;
    }

    private static bool IsHost(string value)
    {
        var colon = value.IndexOf(':', StringComparison.Ordinal);
        var (host, port) = colon < 0 ? (value, "0") : (value[..colon], value[(colon + 1)..]);
        return (!host.AsSpan().ContainsAnyExcept(OfHosts) && port.Length > 0 && port.All(char.IsAsciiDigit))
            || (value.StartsWith('[') && IPEndPoint.TryParse(value, out _));
    }

    // A port at the end stays one.
    private static string HostOf(string value)
    {
        var colon = value.LastIndexOf(':');
        var hasPort = colon >= 0 && colon < value.Length - 1
            && !value.AsSpan(colon + 1).ContainsAnyExceptInRange('0', '9');
        var end = hasPort ? colon : value.Length;
        return string.Concat(value.Select((character, at) =>
            at >= end || OfHosts.Contains(character) ? character : '-'));
    }

    private static byte[] Written(string text)
    {
        var written = new List<byte>();
        if (text.Length < 0x7F)
        {
            written.Add((byte)text.Length);
        }
        else
        {
            written.Add(0x7F);
            var rest = text.Length - 0x7F;
            for (; rest >= 0x80; rest >>= 7)
            {
                written.Add((byte)(0x80 | rest));
            }

            written.Add((byte)rest);
        }

        written.AddRange(Encoding.ASCII.GetBytes(text));
        return [.. written];
    }

    // RFC 7541 §5.1.
    private static bool TryReadInteger(ReadOnlySpan<byte> block, ref int at, int prefixBits, out int value)
    {
        var mask = (1 << prefixBits) - 1;
        value = at < block.Length ? block[at++] & mask : -1;
        if (value < mask)
        {
            return value >= 0;
        }

        for (var shift = 0; at < block.Length && shift <= 21; shift += 7)
        {
            var next = block[at++];
            value += (next & 0x7F) << shift;
            if ((next & 0x80) == 0)
            {
                return true;
            }
        }

        return false;
    }

    // RFC 7541 §5.2. Null if it has characters that no address has.
    private static bool TryReadString(ReadOnlySpan<byte> block, ref int at, out string? text)
    {
        text = null;
        var isCoded = at < block.Length && (block[at] & Huffman) != 0;
        if (!TryReadInteger(block, ref at, 7, out var length) || length > block.Length - at)
        {
            return false;
        }

        var bytes = block.Slice(at, length);
        at += length;
        text = isCoded ? HuffmanText.Read(bytes) : Encoding.ASCII.GetString(bytes);
        return true;
    }
}
