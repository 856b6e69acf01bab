using Ikada.Transport;

namespace Ikada;

/// <summary>The limits of the connections between nodes.</summary>
public sealed record ConnectionOptions
{
    /// <summary>The most incoming connections at a time, those in their handshake and those that ask a
    /// question included. A member takes two: one for messages, one for snapshots. Default 64; at least
    /// 1.</summary>
    public int IncomingConnectionsMax { get; init; } = 64;

    /// <summary>How long connecting and handshake may take. Default 5 s; at least 10 ms.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The first wait before connecting again; it doubles with each failure. Default 10 ms; above
    /// 0.</summary>
    public TimeSpan ReconnectDelayMin { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The longest such wait. Default 1 s; at least <see cref="ReconnectDelayMin"/>.</summary>
    public TimeSpan ReconnectDelayMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long sent bytes may stay unacknowledged by the other machine before the connection is
    /// given up. Default 10 s; at least 100 ms.</summary>
    public TimeSpan UnacknowledgedMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The most frames queued for one node. Default 65536; at least 2.</summary>
    public int QueueFramesMax { get; init; } = 65_536;

    internal TransportOptions Apply(TransportOptions transport) => transport with
    {
        IncomingConnectionsMax = IncomingConnectionsMax,
        HandshakeTimeout = HandshakeTimeout,
        ReconnectDelayMin = ReconnectDelayMin,
        ReconnectDelayMax = ReconnectDelayMax,
        UnacknowledgedMax = UnacknowledgedMax,
        QueueFramesMax = QueueFramesMax,
    };

    /// <summary>Returns what is wrong with the settings, naming option, value and range, or null.</summary>
    public string? Validate() =>
        IncomingConnectionsMax < 1
            ? $"IncomingConnectionsMax is {IncomingConnectionsMax}; it must be at least 1"
            : null;
}
