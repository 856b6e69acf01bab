namespace Ikada.Transport;

/// <summary>What is told of the connection to one peer: written by its dialler, read from any
/// thread.</summary>
internal sealed class DialState(TimeProvider time)
{
    private readonly Lock _gate = new();
    private bool _isConnected;
    private ushort? _version;
    private DateTimeOffset _since = time.GetUtcNow();
    private string? _lastFailure;
    private DateTimeOffset? _lastFailureAt;
    private DateTimeOffset? _retryAt;

    public void Connected(ushort? version)
    {
        lock (_gate)
        {
            (_isConnected, _since, _retryAt, _version) = (true, time.GetUtcNow(), null, version);
        }
    }

    /// <summary>An attempt failed, or the connection ended.</summary>
    public void Failed(string reason)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            (_lastFailure, _lastFailureAt) = (reason, now);
            _since = _isConnected ? now : _since;
            (_isConnected, _version) = (false, null);
        }
    }

    public void Waits(TimeSpan delay)
    {
        lock (_gate)
        {
            _retryAt = time.GetUtcNow() + delay;
        }
    }

    public void Dials()
    {
        lock (_gate)
        {
            _retryAt = null;
        }
    }

    public PeerStatus Read(PeerAddress peer, bool isHeard)
    {
        lock (_gate)
        {
            return new PeerStatus(
                peer.Node, peer.EndPoint, _isConnected, isHeard, _since, _lastFailure, _lastFailureAt,
                _retryAt, _version);
        }
    }
}
