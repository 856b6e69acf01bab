using System.Net;
using Ikada.Primitives;
using Ikada.Wire;

namespace Ikada.Transport;

/// <summary>Where a member is reached.</summary>
/// <param name="Node">The member.</param>
/// <param name="EndPoint">Its address: an <see cref="IPEndPoint"/>, or a <see cref="DnsEndPoint"/> that is
/// resolved at each attempt to connect.</param>
public sealed record PeerAddress(NodeId Node, EndPoint EndPoint);

/// <summary>The settings of the connections between members.</summary>
public sealed record TransportOptions
{
    /// <summary>The cluster; peers of another one are refused.</summary>
    public required ClusterId Cluster { get; init; }

    /// <summary>This process: its node, its directory's incarnation and start count.</summary>
    public required FrameSender Self { get; init; }

    /// <summary>Where to listen. Port 0 takes any free one.</summary>
    public required IReadOnlyList<IPEndPoint> ListenOn { get; init; }

    /// <summary>Members whose addresses are known beforehand, whatever the membership says: a node that joins
    /// knows nothing else.</summary>
    public IReadOnlyList<PeerAddress> Peers { get; init; } = [];

    /// <summary>Tells where a member of the log's membership is reached; null for one that cannot be
    /// told.</summary>
    public Func<Member, EndPoint?>? AddressOf { get; init; }

    /// <summary>Answers questions, also those of strangers. Called on the thread of the connection, which
    /// waits for it: it must end within <see cref="PeerInquirer.AnswerTimeMax"/>. Null: none are
    /// answered.</summary>
    public Func<FrameHeader, Question, Answer>? Answers { get; init; }

    /// <summary>How long a member that left is still served, so that it learns that it left. Default 10
    /// s.</summary>
    public TimeSpan LeftMemberLinger { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest frame sent or taken. Default 16 MiB.</summary>
    public int FrameBytesMax { get; init; } = WireFormat.FrameBytesMaxDefault;

    /// <summary>The most bytes queued for one peer. Default 96 MiB, above the bytes that consensus keeps in
    /// flight.</summary>
    public long QueueBytesMax { get; init; } = 96L << 20;

    /// <summary>The most frames queued for one peer. Default 65536.</summary>
    public int QueueFramesMax { get; init; } = 65_536;

    /// <summary>What heartbeats and votes may take beyond <see cref="QueueBytesMax"/>. Default 64
    /// KiB.</summary>
    public long ReserveBytesMax { get; init; } = 64L << 10;

    /// <summary>What heartbeats and votes may take beyond <see cref="QueueFramesMax"/>. Default
    /// 256.</summary>
    public int ReserveFramesMax { get; init; } = 256;

    /// <summary>The most incoming connections at a time, those in their handshake included. Default
    /// 64.</summary>
    public int IncomingConnectionsMax { get; init; } = 64;

    /// <summary>The first wait before connecting again; it doubles with each failure. Default 10
    /// ms.</summary>
    public TimeSpan ReconnectDelayMin { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The longest such wait. Default 1 s.</summary>
    public TimeSpan ReconnectDelayMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long connecting and handshake may take; of one that is dialled by others, until its first
    /// frame is there. Default 5 s; at least 10 ms.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long sent bytes may stay unacknowledged by the peer's machine before the connection is
    /// given up. Default 10 s. That a peer is silent is for the election timeout to notice.</summary>
    public TimeSpan UnacknowledgedMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the connection for the pieces of snapshots to a peer is kept with nothing to send.
    /// Default 30 s; at least 10 ms.</summary>
    public TimeSpan SnapshotConnectionIdleMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>TLS between members. Default null: plain text, for networks that are trusted
    /// themselves.</summary>
    public PeerTlsOptions? Tls { get; init; }

    /// <summary>The clock of logs and of <see cref="TcpPeerTransport.Peers"/>. Default: the
    /// machine's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Returns what is wrong with the settings, naming option, value and range, or null.</summary>
    public string? Validate()
    {
        foreach (var peer in Peers)
        {
            if (peer.Node == Self.Node || peer.Node.IsNone)
            {
                return $"Peers names {peer.Node} at {peer.EndPoint}; it must name the other members only";
            }
        }

        return ListenOn.Count == 0 ? "ListenOn is empty; it must name at least one address"
            : FrameBytesMax < WireFormat.FrameBytesMaxLeast
                ? $"FrameBytesMax is {FrameBytesMax}; it must be at least {WireFormat.FrameBytesMaxLeast}"
            : QueueBytesMax < FrameBytesMax
                ? $"QueueBytesMax is {QueueBytesMax}; it must be at least FrameBytesMax ({FrameBytesMax})"
            : QueueFramesMax < 2 ? $"QueueFramesMax is {QueueFramesMax}; it must be at least 2"
            : ReserveBytesMax < 4096 ? $"ReserveBytesMax is {ReserveBytesMax}; it must be at least 4096"
            : ReserveFramesMax < 8 ? $"ReserveFramesMax is {ReserveFramesMax}; it must be at least 8"
            : IncomingConnectionsMax < 2 * Peers.Count
                ? $"IncomingConnectionsMax is {IncomingConnectionsMax}; it must be at least twice the number "
                    + $"of peers ({Peers.Count}): each has one for messages and one for snapshots"
            : ReconnectDelayMin <= TimeSpan.Zero || ReconnectDelayMax < ReconnectDelayMin
                ? $"ReconnectDelayMin ({ReconnectDelayMin.TotalMilliseconds} ms) must be positive, at most "
                    + $"ReconnectDelayMax ({ReconnectDelayMax.TotalMilliseconds} ms)"
            : LeftMemberLinger < TimeSpan.Zero
                ? $"LeftMemberLinger is {LeftMemberLinger.TotalMilliseconds} ms; it must not be negative"
            : HandshakeTimeout < TimeSpan.FromMilliseconds(10)
                ? $"HandshakeTimeout is {HandshakeTimeout.TotalMilliseconds} ms; it must be at least 10 ms"
            : UnacknowledgedMax < TimeSpan.FromMilliseconds(100)
                ? $"UnacknowledgedMax is {UnacknowledgedMax.TotalMilliseconds} ms; it must be at least 100 ms"
            : SnapshotConnectionIdleMax < TimeSpan.FromMilliseconds(10)
                ? $"SnapshotConnectionIdleMax is {SnapshotConnectionIdleMax.TotalMilliseconds} ms; it must "
                    + "be at least 10 ms"
            : Tls?.Validate();
    }
}
