using System.Net;
using System.Net.Sockets;

namespace Ikada.Bench.Clusters;

/// <summary>Ports of loopback that nobody uses.</summary>
internal static class Ports
{
    public static int[] Free(int count)
    {
        var listeners = new TcpListener[count];
        for (var i = 0; i < count; i++)
        {
            listeners[i] = new TcpListener(IPAddress.Loopback, 0);
            listeners[i].Start();
        }

        var ports = Array.ConvertAll(listeners, listener => ((IPEndPoint)listener.LocalEndpoint).Port);
        Array.ForEach(listeners, listener => listener.Dispose());
        return ports;
    }
}
