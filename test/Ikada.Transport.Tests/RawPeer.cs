using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Ikada.Wire;

namespace Ikada.Transport.Tests;

/// <summary>The other end of a connection, by hand.</summary>
internal sealed class RawPeer(Socket socket) : IDisposable
{
    private readonly byte[] _bytes = new byte[32 << 20];
    private int _end;

    public static async Task<RawPeer> ConnectAsync(IPEndPoint endPoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endPoint, TestContext.Current.CancellationToken);
        return new RawPeer(socket);
    }

    /// <summary>Connects as a member and completes the handshake.</summary>
    public static async Task<RawPeer> JoinAsync(
        IPEndPoint endPoint, FrameSender sender, int to, bool forSnapshots = false)
    {
        var raw = await ConnectAsync(endPoint);
        var hello = new ArrayBufferWriter<byte>();
        var greeting = Greeting.Create(Cluster.Id, 1 << 20);
        if (forSnapshots)
        {
            FrameWriter.WriteSnapshotHello(hello, sender, Cluster.Node(to), greeting);
        }
        else
        {
            FrameWriter.WriteHello(hello, sender, Cluster.Node(to), greeting);
        }

        await raw.SendAsync(hello.WrittenMemory);
        Assert.Equal(FrameType.Accept, (await raw.ReadAsync()).Type);
        return raw;
    }

    public static async Task<RawPeer> AcceptAsync(
        Socket listener, FrameSender self, int from, int frameBytesMax, FrameType hello = FrameType.Hello)
    {
        var raw = new RawPeer(await listener.AcceptAsync(TestContext.Current.CancellationToken)
            .AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(hello, (await raw.ReadAsync()).Type);
        var accept = new ArrayBufferWriter<byte>();
        FrameWriter.WriteAccept(accept, self, Cluster.Node(from), Greeting.Create(Cluster.Id, frameBytesMax));
        await raw.SendAsync(accept.WrittenMemory);
        return raw;
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) =>
        Assert.Equal(bytes.Length, await socket.SendAsync(bytes, TestContext.Current.CancellationToken));

    /// <summary>The header of the next frame, or of type None at the end of the connection.</summary>
    public async Task<FrameHeader> ReadAsync()
    {
        while (true)
        {
            if (TryTake(out var header))
            {
                return header;
            }

            try
            {
                var count =
                    await socket.ReceiveAsync(_bytes.AsMemory(_end), TestContext.Current.CancellationToken);
                _end += count;
                if (count == 0)
                {
                    return default;
                }
            }
            catch (SocketException)
            {
                return default;
            }
        }
    }

    public void Dispose() => socket.Dispose();

    private bool TryTake(out FrameHeader header)
    {
        var reader = new FrameReader(_bytes.AsSpan(0, _end), _bytes.Length);
        header = default;
        if (!reader.TryRead())
        {
            Assert.Equal(WireErrorKind.Incomplete, reader.Error.Kind);
            return false;
        }

        header = reader.Header;
        _bytes.AsSpan(header.LengthBytes, _end - header.LengthBytes).CopyTo(_bytes);
        _end -= header.LengthBytes;
        return true;
    }
}
