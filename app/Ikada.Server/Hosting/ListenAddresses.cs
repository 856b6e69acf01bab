using System.Net;

namespace Ikada.Server;

/// <summary>From listen URLs to addresses. As etcd does, names other than localhost are refused: which
/// interface they mean is unclear.</summary>
internal static class ListenAddresses
{
    public static IReadOnlyList<IPEndPoint> Resolve(IReadOnlyList<Uri> urls)
    {
        var addresses = new List<IPEndPoint>();
        foreach (var url in urls)
        {
            var host = url.Host.Trim('[', ']');
            var ip = host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback
                : IPAddress.TryParse(host, out var parsed) ? parsed
                : throw new ArgumentException(
                    $"cannot listen on {ServerOptions.Text(url)}: '{host}' is a name; "
                    + "give an IP address or localhost");
            addresses.Add(new IPEndPoint(ip, url.Port));
        }

        return addresses;
    }
}
