using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Wire;

namespace Ikada.Transport.Tests;

/// <summary>Builds transports of one cluster on loopback, and waits.</summary>
internal static class Cluster
{
    public static readonly ClusterId Id = new(0xC1);
    public static readonly GroupId Group = new(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static NodeId Node(int number) => new((ulong)(0xA0 + number));

    public static FrameSender Sender(int number, ulong start = 1) =>
        new(Node(number), new Incarnation((ulong)(0x700 + number)), new StartCount(start));

    public static IPEndPoint[] FreeEndPoints(int count)
    {
        var sockets = new Socket[count];
        var endPoints = new IPEndPoint[count];
        for (var i = 0; i < count; i++)
        {
            sockets[i] = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            sockets[i].Bind(new IPEndPoint(IPAddress.Loopback, 0));
            endPoints[i] = (IPEndPoint)sockets[i].LocalEndPoint!;
        }

        foreach (var socket in sockets)
        {
            socket.Dispose();
        }

        return endPoints;
    }

    public static TransportOptions Options(int number, IPEndPoint[] endPoints, ulong start = 1)
    {
        var peers = new List<PeerAddress>();
        for (var i = 0; i < endPoints.Length; i++)
        {
            if (i != number)
            {
                peers.Add(new PeerAddress(Node(i), endPoints[i]));
            }
        }

        return new TransportOptions
        {
            Cluster = Id,
            Self = Sender(number, start),
            ListenOn = [endPoints[number]],
            Peers = peers,
            ReconnectDelayMax = TimeSpan.FromMilliseconds(100),
        };
    }

    public static async Task<Peer> StartAsync(TransportOptions options, IMeterFactory? meters = null)
    {
        var log = new LogLines();
        var recorder = new Recorder();
        var transport = new TcpPeerTransport(options, log, meters);
        await transport.StartAsync(Membership.Empty, recorder, TestContext.Current.CancellationToken);
        return new Peer(options, transport, recorder, log);
    }

    public static async Task UntilAsync(Func<bool> holds, Func<string> otherwise)
    {
        var end = DateTime.UtcNow + Patience;
        while (!holds())
        {
            Assert.True(DateTime.UtcNow < end, otherwise());
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }
    }

    public static Message Heartbeat(int from, int to, ulong round) => new()
    {
        Type = MessageType.Heartbeat, From = Node(from), To = Node(to), Term = new Term(3), Round = round,
    };

    /// <summary>A piece of a snapshot, from that place in the file.</summary>
    public static (Message Message, LogEntry[] Entries) Piece(int from, int to, ulong offset, int bodyBytes)
    {
        var message = new Message
        {
            Type = MessageType.SnapshotPiece, From = Node(from), To = Node(to), Term = new Term(3),
            Position = new LogPosition(new LogIndex(9), new Term(3)), Round = offset,
        };
        return (message,
        [
            LogEntry.Create(
                Group, new LogIndex(9), new Term(3), EntryKind.Command, 1, new byte[bodyBytes]),
        ]);
    }

    public static (Message Message, LogEntry[] Entries) Append(int from, int to, ulong index, int bodyBytes)
    {
        var body = new byte[bodyBytes];
        Array.Fill(body, (byte)index);
        var message = new Message
        {
            Type = MessageType.Append, From = Node(from), To = Node(to), Term = new Term(3),
            Position = new LogPosition(new LogIndex(index - 1), new Term(3)), End = new LogIndex(index),
        };
        return (message,
            [LogEntry.Create(Group, new LogIndex(index), new Term(3), EntryKind.Command, 1, body)]);
    }
}

/// <summary>A started transport with what it told and logged.</summary>
internal sealed record Peer(
    TransportOptions Options, TcpPeerTransport Transport, Recorder Recorder, LogLines Log)
    : IAsyncDisposable
{
    public Task ConnectedAsync(int other) => Cluster.UntilAsync(
        () => Log.Contains($"Connected to node {Cluster.Node(other)}")
            && Recorder.Events.Contains($"opened {Cluster.Node(other)}"),
        () => Log.Text);

    public bool Send(in Message message, params LogEntry[] entries) =>
        Transport.Send(Cluster.Group, message, entries);

    public ValueTask DisposeAsync() => Transport.DisposeAsync();
}
