using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Ikada;

/// <summary>From text to addresses.</summary>
internal static class Addresses
{
    private const string LocalHost = "localhost";
    private const string Http = "http://";
    private const string Https = "https://";

    /// <summary>Reads host:port, where another node is reached; a name is resolved at each attempt to
    /// connect.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out EndPoint? address)
    {
        address = null;
        if (!TrySplit(text, out var host, out var port) || port == 0)
        {
            return false;
        }

        address = IPAddress.TryParse(host, out var ip) ? new IPEndPoint(ip, port)
            : Uri.CheckHostName(host) == UriHostNameType.Dns ? new DnsEndPoint(host, port)
            : null;
        return address is not null;
    }

    /// <summary>Reads address:port, where to listen.</summary>
    public static bool TryParseListen(string text, [NotNullWhen(true)] out IPEndPoint? address)
    {
        address = null;
        if (TrySplit(text, out var host, out var port))
        {
            var ip = host.Equals(LocalHost, StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback
                : IPAddress.TryParse(host, out var parsed) ? parsed : null;
            address = ip is null ? null
                : new IPEndPoint(ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip, port);
        }

        return address is not null;
    }

    private static bool TrySplit(string text, out string host, out int port)
    {
        // etcd's way to write the same.
        text = text.StartsWith(Http, StringComparison.Ordinal) ? text[Http.Length..]
            : text.StartsWith(Https, StringComparison.Ordinal) ? text[Https.Length..] : text;
        var colon = text.LastIndexOf(':');
        host = colon > 0 ? text[..colon].Trim('[', ']') : string.Empty;
        port = 0;
        // An IPv6 address without brackets has no port.
        return colon > 0 && (text[0] == '[' || !host.Contains(':', StringComparison.Ordinal))
            && int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && port <= IPEndPoint.MaxPort;
    }
}
