using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Ikada.Api.Etcd;

namespace Ikada.Bench.Clients;

/// <summary>Answers each call with the same bytes, without looking at it: what the client alone costs is
/// measured against it.</summary>
internal static class CannedServer
{
    private const int HeadBytes = 9;

    public static void Run()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port);
        while (true)
        {
            var socket = listener.AcceptSocket();
            socket.NoDelay = true;
            new Thread(() => Serve(socket)) { IsBackground = true }.Start();
        }
    }

    private static void Serve(Socket socket)
    {
        using var stream = new NetworkStream(socket, ownsSocket: true);
        var (buffer, held) = (new byte[256 << 10], 0);
        using var answers = new MemoryStream();
        stream.ReadExactly(buffer, 0, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".Length);
        Frame(answers, 4, 0, 0, []);
        while (true)
        {
            stream.Write(answers.GetBuffer(), 0, (int)answers.Length);
            answers.SetLength(0);
            var read = stream.Read(buffer, held, buffer.Length - held);
            if (read == 0)
            {
                return;
            }

            held += read;
            var at = 0;
            while (held - at >= HeadBytes && held - at - HeadBytes >= Length(buffer.AsSpan(at)))
            {
                var length = Length(buffer.AsSpan(at));
                Answer(buffer.AsSpan(at, HeadBytes + length), answers);
                at += HeadBytes + length;
            }

            buffer.AsSpan(at, held - at).CopyTo(buffer);
            held -= at;
        }
    }

    private static void Answer(ReadOnlySpan<byte> frame, MemoryStream answers)
    {
        var (type, flags) = (frame[3], frame[4]);
        var stream = BinaryPrimitives.ReadInt32BigEndian(frame[5..]);
        if (type == 4 && (flags & 1) == 0)
        {
            Frame(answers, 4, 1, 0, []);
        }
        else if (type == 0)
        {
            Span<byte> window = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(window, frame.Length - HeadBytes);
            Frame(answers, 8, 0, 0, window);
            if ((flags & 1) != 0)
            {
                Frame(answers, 1, 4, stream, Head);
                Frame(answers, 0, 0, stream, Message);
                Frame(answers, 1, 5, stream, Trailers);
            }
        }
    }

    private static int Length(ReadOnlySpan<byte> head) => (head[0] << 16) | (head[1] << 8) | head[2];

    private static void Frame(MemoryStream to, byte type, byte flags, int stream, ReadOnlySpan<byte> body)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        BinaryPrimitives.WriteInt32BigEndian(head, body.Length << 8);
        head[3] = type;
        head[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(head[5..], stream);
        to.Write(head);
        to.Write(body);
    }

    // :status 200 of the static table; content-type by name, then its value.
    private static byte[] Head { get; } = [0x88, 0x0F, 0x10, 16, .. "application/grpc"u8];

    private static byte[] Trailers { get; } = [0x00, 11, .. "grpc-status"u8, 1, (byte)'0'];

    // A PutResponse as long as a real one: a header of cluster, member, revision and term.
    private static byte[] Message { get; } = NewMessage();

    private static byte[] NewMessage()
    {
        var answer = new PutResponse
        {
            Header = new ResponseHeader
            {
                ClusterId = ulong.MaxValue, MemberId = ulong.MaxValue, Revision = 1_000_000, RaftTerm = 2,
            },
        }.ToByteArray();
        var message = new byte[5 + answer.Length];
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), answer.Length);
        answer.CopyTo(message, 5);
        return message;
    }
}
