using System.Net.Sockets;
using System.Text;

namespace Ikada.Cli.Serving;

/// <summary>Tells systemd how the service stands (sd_notify): one datagram to the socket it names.</summary>
internal static class Systemd
{
    public const string SocketVariable = "NOTIFY_SOCKET";

    /// <summary>Sends a state such as <c>READY=1</c>; does nothing where no socket is named.</summary>
    /// <returns>Null, or what went wrong.</returns>
    public static string? Notify(string? socketPath, string state)
    {
        if (string.IsNullOrEmpty(socketPath))
        {
            return null;
        }

        // A leading @ stands for the zero byte that begins an abstract address.
        var address = socketPath[0] == '@' ? '\0' + socketPath[1..] : socketPath;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(address));
            return null;
        }
        catch (Exception error) when (error is SocketException or ArgumentException)
        {
            return $"{SocketVariable}={socketPath}: {error.Message}";
        }
    }
}
