using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Ikada.Transport;

/// <summary>How a send stands.</summary>
internal enum SendState
{
    /// <summary>All of it is in the kernel's hands.</summary>
    Sent,

    /// <summary>The kernel takes no more now; the sink calls back when it is to be resumed.</summary>
    Pending,

    /// <summary>The connection is lost.</summary>
    Broken,
}

/// <summary>
/// Where the bytes of an outgoing connection go. One send at a time; its calls are made under the
/// connection's lock, the call back never is.
/// </summary>
internal abstract class ByteSink : IDisposable
{
    /// <summary>Sends all of it; the memory stays untouched until it is sent.</summary>
    public abstract SendState Send(ReadOnlyMemory<byte> bytes);

    /// <summary>Goes on with the pending send, after the call back.</summary>
    public abstract SendState Resume();

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>Straight into the socket.</summary>
internal sealed class PlainSink : ByteSink
{
    private readonly Socket _socket;
    private readonly SocketAsyncEventArgs _sending = new();

    public PlainSink(Socket socket, Action completed)
    {
        _socket = socket;
        _sending.Completed += (_, _) => completed();
    }

    public override SendState Send(ReadOnlyMemory<byte> bytes)
    {
        _sending.SetBuffer(MemoryMarshal.AsMemory(bytes));
        return TrySend(out var pending) ? pending ? SendState.Pending : Resume() : SendState.Broken;
    }

    public override SendState Resume()
    {
        while (true)
        {
            if (_sending.SocketError != SocketError.Success || _sending.BytesTransferred == 0)
            {
                return SendState.Broken;
            }

            if (_sending.BytesTransferred >= _sending.Count)
            {
                return SendState.Sent;
            }

            _sending.SetBuffer(_sending.MemoryBuffer[(_sending.Offset + _sending.BytesTransferred)..]);
            if (!TrySend(out var pending))
            {
                return SendState.Broken;
            }

            if (pending)
            {
                return SendState.Pending;
            }
        }
    }

    public override void Dispose() => _sending.Dispose();

    private bool TrySend(out bool pending)
    {
        try
        {
            pending = _socket.SendAsync(_sending);
            return true;
        }
        catch (Exception error) when (error is ObjectDisposedException or SocketException)
        {
            pending = false;
            return false;
        }
    }
}

/// <summary>Through TLS: the calling thread encrypts, and sends while the kernel takes it.</summary>
internal sealed class TlsSink(SslStream stream, Action completed) : ByteSink
{
    private bool _failed;

    public override SendState Send(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var write = stream.WriteAsync(bytes);
            if (write.IsCompleted)
            {
                write.GetAwaiter().GetResult();
                return SendState.Sent;
            }

            _ = FollowAsync(write.AsTask());
            return SendState.Pending;
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or SocketException)
        {
            return SendState.Broken;
        }
    }

    public override SendState Resume() => _failed ? SendState.Broken : SendState.Sent;

    /// <summary>The stream goes with its connection.</summary>
    public override void Dispose()
    {
    }

    private async Task FollowAsync(Task write)
    {
        // Yields always: the caller of Send holds the lock.
        await write.ConfigureAwait(
            ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.SuppressThrowing);
        _failed = !write.IsCompletedSuccessfully;
        completed();
    }
}
