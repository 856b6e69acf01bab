using System.Net;
using System.Net.Sockets;

namespace Ikada.Testing;

/// <summary>Stands before a listener and passes bytes on in both directions, until the connections are
/// cut.</summary>
public sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _target;
    private readonly Lock _gate = new();
    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _passing = [];
    private readonly Task _accepting;

    /// <summary>Stands before a listener.</summary>
    public Relay(IPEndPoint target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Whether connections are closed as they come; those that are there must be cut.</summary>
    public bool IsCut { get; set; }

    /// <summary>Closes all connections; new ones are taken.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            foreach (var socket in _sockets)
            {
                socket.Dispose();
            }

            _sockets.Clear();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        Cut();
        await Task.WhenAll(_passing);
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                var near = await _listener.AcceptSocketAsync();
                if (IsCut)
                {
                    near.Dispose();
                    continue;
                }

                var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                lock (_gate)
                {
                    _sockets.AddRange([near, far]);
                }

                _passing.Add(ConnectAsync(near, far));
            }
            catch (SocketException)
            {
                return; // stopped
            }
        }
    }

    private async Task ConnectAsync(Socket near, Socket far)
    {
        try
        {
            await far.ConnectAsync(_target);
            await Task.WhenAny(PassAsync(near, far), PassAsync(far, near));
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            near.Dispose();
        }

        near.Dispose();
        far.Dispose();
    }

    private static async Task PassAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 << 10];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var read)
            {
                await to.SendAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            to.Dispose();
        }
    }
}
