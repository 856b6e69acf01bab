using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Ikada.Server;

/// <summary>
/// Accepts from the socket, looks at the first bytes without taking them, and hands each connection to its
/// endpoint. How many may be undecided is bounded, and so is the time for it: a client that connects and
/// says nothing holds nobody up.
/// </summary>
internal sealed class SniffingListener : IConnectionListener
{
    private const int UndecidedConnectionsMax = 1024;
    private static readonly TimeSpan DecisionTime = TimeSpan.FromSeconds(10);
    private readonly IConnectionListener _socket;
    private readonly SniffedPort _port;
    private readonly HandedListener _http2;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private int _undecided;

    public SniffingListener(IConnectionListener socket, SniffedPort port)
    {
        _socket = socket;
        _port = port;
        _http2 = new HandedListener(socket.EndPoint, port.Http2Connections);
        _accepting = AcceptAllAsync();
    }

    public EndPoint EndPoint => _socket.EndPoint;

    // How an HTTP/2 connection begins; no HTTP/1.1 method does.
    private static ReadOnlySpan<byte> Http2Start => "PRI "u8;

    public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
        _http2.AcceptAsync(cancellationToken);

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await _socket.UnbindAsync(cancellationToken);
        await _stop.CancelAsync();
        await _accepting;
        await _http2.UnbindAsync(cancellationToken);
        _port.Http1Connections.Writer.TryComplete();
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync();
        await _http2.DisposeAsync();
        await _socket.DisposeAsync();
        _stop.Dispose();
    }

    private async Task AcceptAllAsync()
    {
        while (await AcceptOneAsync() is { } connection)
        {
            if (Interlocked.Increment(ref _undecided) > UndecidedConnectionsMax)
            {
                Interlocked.Decrement(ref _undecided);
                connection.Abort(
                    new ConnectionAbortedException("too many connections have not said a word yet"));
                await connection.DisposeAsync();
                continue;
            }

            _ = DecideAsync(connection);
        }
    }

    private async Task<ConnectionContext?> AcceptOneAsync()
    {
        try
        {
            return await _socket.AcceptAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private async Task DecideAsync(ConnectionContext connection)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            limit.CancelAfter(DecisionTime);
            var http2 = await IsHttp2Async(connection.Transport.Input, limit.Token);
            var queue = http2 ? _port.Http2Connections : _port.Http1Connections;
            await queue.Writer.WriteAsync(connection, limit.Token);
        }
        catch (Exception reason) when (reason is OperationCanceledException or IOException
            or System.Threading.Channels.ChannelClosedException)
        {
            connection.Abort(new ConnectionAbortedException("the connection said nothing in time", reason));
            await connection.DisposeAsync();
        }
        finally
        {
            Interlocked.Decrement(ref _undecided);
        }
    }

    private static async Task<bool> IsHttp2Async(PipeReader input, CancellationToken limit)
    {
        while (true)
        {
            var read = await input.ReadAsync(limit);
            var start = First(read.Buffer);
            var decided = start.Length == Http2Start.Length
                || !Http2Start.StartsWith(start) || read.IsCompleted;
            // Nothing is consumed; what is decided counts as unseen, so that Kestrel's first read returns
            // at once.
            input.AdvanceTo(read.Buffer.Start, decided ? read.Buffer.Start : read.Buffer.End);
            if (decided)
            {
                return Http2Start.SequenceEqual(start);
            }
        }
    }

    private static byte[] First(ReadOnlySequence<byte> buffer) =>
        buffer.Slice(0, Math.Min(buffer.Length, Http2Start.Length)).ToArray();
}
