using System.Diagnostics.Metrics;
using System.Net;
using Ikada.Consensus;
using Ikada.Node;
using Ikada.Primitives;
using Microsoft.Extensions.Logging;

namespace Ikada.Transport;

/// <summary>
/// Peers over TCP. Each node dials every other and sends on that connection; it receives on those that the
/// others dialled. All groups share them. Nothing is dropped unseen: what was queued when a connection broke
/// is reported message by message, what may have been on the way by
/// <see cref="IPeerEvents.ConnectionClosed"/>.
/// </summary>
public sealed class TcpPeerTransport : IPeerTransport
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Ikada.Transport";

    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<NodeId, PeerDialer> _dialers = [];
    private readonly List<PeerDialer> _left = [];
    private readonly List<PeerListener> _listeners = [];
    private readonly List<Task> _loops = [];
    private readonly IncomingConnections _incoming;
    private readonly TransportOptions _options;
    private readonly HandshakeRules _rules;
    private readonly PeerTls? _tls;
    private readonly TransportMetrics _metrics;
    private PeerHub? _hub;
    private volatile PeerDialer[] _all = [];
    private volatile bool _disposed;

    /// <summary>Makes one that is not started.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public TcpPeerTransport(
        TransportOptions options, ILoggerFactory loggers, IMeterFactory? meters = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(loggers);
        if (options.Validate() is { } problem)
        {
            throw new ArgumentException(problem, nameof(options));
        }

        _options = options;
        _logger = loggers.CreateLogger("Ikada.Transport");
        _rules = new HandshakeRules(options);
        _tls = options.Tls is null ? null : new PeerTls(options.Tls, _logger);
        _metrics = new TransportMetrics(meters);
        _incoming = new IncomingConnections(options.IncomingConnectionsMax);
    }

    /// <summary>Where it listens, once started, with the ports it got.</summary>
    public IReadOnlyList<IPEndPoint> ListensOn { get; private set; } = [];

    /// <summary>How the connection to each peer stands now. From any thread.</summary>
    public IReadOnlyList<PeerStatus> Peers => Array.ConvertAll(_all, static dialer => dialer.Status());

    /// <inheritdoc/>
    /// <exception cref="IOException">An address cannot be listened on; the message names it.</exception>
    public Task StartAsync(Membership membership, IPeerEvents events, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellation.ThrowIfCancellationRequested();
        var hub = _hub = new PeerHub(events, _metrics);
        _metrics.Watch(() => hub.Traffic, () => _all);
        var refusals = new RefusalLog(_logger, _options.Time, _metrics);
        var reception = new Reception(_options, _rules, _tls, _hub, refusals, _logger);
        foreach (var endPoint in _options.ListenOn)
        {
            _listeners.Add(new PeerListener(endPoint, reception, _incoming));
        }

        ListensOn = [.. _listeners.Select(listener => listener.EndPoint)];
        Update(membership);
        _loops.AddRange(_listeners.Select(listener => WatchAsync(listener.RunAsync(_stop.Token))));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Update(Membership membership)
    {
        ArgumentNullException.ThrowIfNull(membership);
        if (_hub is null || _disposed)
        {
            return;
        }

        var wanted = WantedPeers(membership);
        foreach (var (node, endPoint) in wanted)
        {
            Dial(new PeerAddress(node, endPoint));
        }

        foreach (var (node, dialer) in _dialers)
        {
            dialer.Linger(wanted.ContainsKey(node) ? null : _options.LeftMemberLinger);
        }

        foreach (var (node, dialer) in _dialers.Where(one => one.Value.HasEnded).ToArray())
        {
            _dialers.Remove(node);
            _left.Add(dialer);
        }

        _all = [.. _dialers.Values];
        _rules.SetMembers(_dialers.Keys);
    }

    /// <inheritdoc/>
    public bool Send(GroupId group, in Message message, ReadOnlySpan<LogEntry> entries) =>
        _dialers.TryGetValue(message.To, out var dialer) && dialer.Send(group, message, entries);

    /// <inheritdoc/>
    public void Flush()
    {
        foreach (var dialer in _all)
        {
            dialer.Flush();
        }
    }

    /// <summary>Closes all connections and waits until no further event can come.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _stop.CancelAsync().ConfigureAwait(false);
        foreach (var listener in _listeners)
        {
            listener.Dispose();
        }

        await _incoming.CloseAsync().ConfigureAwait(false);
        await Task.WhenAll(_loops).ConfigureAwait(false);
        foreach (var dialer in _dialers.Values.Concat(_left))
        {
            dialer.Dispose();
        }

        _metrics.Dispose();
        _stop.Dispose();
    }

    private void Dial(PeerAddress peer)
    {
        if (_dialers.TryGetValue(peer.Node, out var dialer) && !dialer.HasEnded)
        {
            dialer.Redirect(peer);
            return;
        }

        if (dialer is not null)
        {
            _left.Add(dialer);
        }

        dialer = new PeerDialer(peer, _options, _rules, _tls, _hub!, _logger);
        _dialers[peer.Node] = dialer;
        _loops.RemoveAll(static loop => loop.IsCompletedSuccessfully);
        _loops.Add(WatchAsync(dialer.RunAsync(_stop.Token)));
    }

    // Those of the membership, and those that were named beforehand.
    private Dictionary<NodeId, EndPoint> WantedPeers(Membership membership)
    {
        var peers = _options.Peers.ToDictionary(peer => peer.Node, peer => peer.EndPoint);
        foreach (var member in membership.Members)
        {
            if (member.Id != _options.Self.Node && _options.AddressOf?.Invoke(member) is { } endPoint)
            {
                peers[member.Id] = endPoint;
            }
        }

        return peers;
    }

    // These loops outlive every failure of a peer. One that ends early is a bug, and silence would hide it.
    private async Task WatchAsync(Task loop)
    {
        try
        {
            await loop.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            TransportLog.LoopFailed(_logger, error);
            throw;
        }
    }
}
