using System.Diagnostics.Metrics;

namespace Ikada.Transport;

/// <summary>What the connections between members count and measure, under the meter
/// <see cref="TcpPeerTransport.MeterName"/>. Traffic is read when somebody collects; only what is rare is
/// counted as it happens.</summary>
internal sealed class TransportMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _opened;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _refused;

    public TransportMetrics(IMeterFactory? meters)
    {
        _meter = meters?.Create(TcpPeerTransport.MeterName) ?? new Meter(TcpPeerTransport.MeterName);
        _opened = _meter.CreateCounter<long>(
            "ikada.peer.connections",
            "{connection}",
            "Connections that passed the handshake, by peer, direction (outgoing, incoming) "
            + "and use (messages, snapshots)");
        _failed = _meter.CreateCounter<long>(
            "ikada.peer.connection.failures",
            "{failure}",
            "Attempts to connect that failed and outgoing connections that ended, by peer and reason");
        _refused = _meter.CreateCounter<long>(
            "ikada.peer.refusals", "{connection}", "Incoming connections refused, by reason");
    }

    /// <summary>From now on the traffic is told.</summary>
    public void Watch(Func<IEnumerable<PeerTraffic>> traffic, Func<IEnumerable<PeerDialer>> dialers)
    {
        Sum("ikada.peer.sent", "By", "Bytes of messages sent, by peer", one => one.SentBytes);
        Sum("ikada.peer.sent.frames", "{frame}", "Messages sent, by peer", one => one.SentFrames);
        Sum("ikada.peer.received", "By", "Bytes of messages received, by peer", one => one.ReceivedBytes);
        Sum(
            "ikada.peer.received.frames",
            "{frame}",
            "Messages received, by peer",
            one => one.ReceivedFrames);
        _meter.CreateObservableGauge(
            "ikada.peer.connected",
            () => dialers().Select(one => Of(one, one.IsConnected ? 1L : 0)),
            "1",
            "1 while our connection to the peer stands");
        _meter.CreateObservableGauge(
            "ikada.peer.queue.size",
            () => dialers().Select(one => Of(one, one.QueueBytes)),
            "By",
            "Bytes that wait to be sent, by peer");
        _meter.CreateObservableGauge(
            "ikada.peer.round_trip",
            () => dialers().Select(static one => (one.Traffic.Tag, one.RoundTrip))
                .Where(static one => one.RoundTrip is not null)
                .Select(static one => new Measurement<double>(one.RoundTrip!.Value.TotalSeconds, one.Tag)),
            "s",
            "Smoothed time to the peer's machine and back, as the kernel measures it, by peer");

        void Sum(string name, string unit, string description, Func<PeerTraffic, long> value) =>
            _meter.CreateObservableCounter(
                name,
                () => traffic().Select(one => new Measurement<long>(value(one), one.Tag)),
                unit,
                description);

        static Measurement<long> Of(PeerDialer dialer, long value) => new(value, dialer.Traffic.Tag);
    }

    public void Opened(PeerTraffic peer, bool isOutgoing, bool isAside) => _opened.Add(
        1,
        peer.Tag,
        new("direction", isOutgoing ? "outgoing" : "incoming"),
        new("use", isAside ? "snapshots" : "messages"));

    public void Failed(PeerTraffic peer, string reason) => _failed.Add(1, peer.Tag, new("reason", reason));

    public void Refused(string reason) =>
        _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Dispose() => _meter.Dispose();
}
