using System.Globalization;
using System.Net;

namespace Ikada.Cli.Serving;

/// <summary>A URL as etcd takes it: scheme, host and port, nothing after it.</summary>
internal sealed record EtcdUrl(string Host, int Port, bool IsTls = false)
{
    private const string Example = "write it as http://HOST:PORT, e.g. http://10.0.0.1:2380";

    /// <summary>Whether the host stands for every address of the machine, so that nobody else can dial
    /// it.</summary>
    public bool IsWildcard =>
        IPAddress.TryParse(Host, out var address)
        && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));

    public override string ToString() =>
        $"{(IsTls ? "https" : "http")}://"
        + $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";

    /// <summary>Reads one URL; <paramref name="origin"/> names the flag in the error.</summary>
    public static EtcdUrl Parse(string text, string origin)
    {
        var separator = text.IndexOf("://", StringComparison.Ordinal);
        if (separator < 0)
        {
            throw Bad(text, origin, "it has no scheme");
        }

        var scheme = text[..separator];
        switch (scheme)
        {
            case "http" or "https":
                break;
            case "unix" or "unixs":
                throw Bad(text, origin, "unix sockets are not served; use http:// on a loopback address");
            default:
                throw Bad(text, origin, $"scheme '{scheme}' is unknown");
        }

        var rest = text[(separator + 3)..];
        if (rest.EndsWith('/'))
        {
            rest = rest[..^1];
        }

        if (rest.IndexOfAny(['/', '?', '#', '@']) >= 0)
        {
            throw Bad(text, origin, "nothing may stand beside host and port");
        }

        return new EtcdUrl(HostOf(text, rest, origin, out var port), port, scheme == "https");
    }

    public static IReadOnlyList<EtcdUrl> ParseList(string text, string origin)
    {
        var urls = new List<EtcdUrl>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var url = Parse(part, origin);
            if (!urls.Contains(url))
            {
                urls.Add(url);
            }
        }

        return urls;
    }

    private static string HostOf(string text, string authority, string origin, out int port)
    {
        var colon = authority.LastIndexOf(':');
        if (colon < 0 || authority.EndsWith(']'))
        {
            throw Bad(text, origin, "it has no port");
        }

        if (!int.TryParse(authority[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port)
            || port is 0 or > 65535)
        {
            throw Bad(text, origin, $"'{authority[(colon + 1)..]}' is not a port from 1 to 65535");
        }

        var host = authority[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
            return IPAddress.TryParse(host, out _)
                ? host : throw Bad(text, origin, $"'{host}' is no IPv6 address");
        }

        return Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4
            ? host
            : throw Bad(text, origin, host.Length == 0 ? "it has no host" : $"'{host}' is not a host name");
    }

    private static CliException Bad(string text, string origin, string reason) =>
        CliException.BadUsage($"{origin}: cannot use URL '{text}': {reason}; {Example}");
}
