using System.Buffers.Binary;
using System.Net.Sockets;

namespace Ikada.Transport;

/// <summary>What every connection between members is set to.</summary>
internal static class SocketSettings
{
    private const int TcpLevel = 6;
    private const int TcpUserTimeout = 18;
    private const int TcpInfo = 11;

    /// <summary>Where struct tcp_info has the smoothed round trip, in microseconds.</summary>
    private const int TcpInfoRoundTrip = 68;

    public static void Apply(Socket socket, TransportOptions options)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        var seconds = Math.Max(1, (int)options.UnacknowledgedMax.TotalSeconds / 4);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, seconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, seconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
        if (OperatingSystem.IsLinux())
        {
            // Without it the kernel resends into a dead link for some 15 minutes before it gives the
            // connection up.
            Span<byte> milliseconds = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(
                milliseconds, (int)options.UnacknowledgedMax.TotalMilliseconds);
            socket.SetRawSocketOption(TcpLevel, TcpUserTimeout, milliseconds);
        }
    }

    /// <summary>The smoothed time to the other side and back that the kernel has measured; null where it does
    /// not tell, or the socket is closed.</summary>
    public static TimeSpan? RoundTrip(Socket socket)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        Span<byte> info = stackalloc byte[TcpInfoRoundTrip + 4];
        try
        {
            var length = socket.GetRawSocketOption(TcpLevel, TcpInfo, info);
            var microseconds = BinaryPrimitives.ReadUInt32LittleEndian(info[TcpInfoRoundTrip..]);
            return length < info.Length ? null : TimeSpan.FromMicroseconds(microseconds);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Closed meanwhile: a measure less.
            return null;
        }
    }
}
