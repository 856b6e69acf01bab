using Ikada.Primitives;

namespace Ikada.Transport;

/// <summary>What went over the connections with one peer since the start. Written where it happens, read by
/// the metrics, from any thread.</summary>
internal sealed class PeerTraffic(NodeId peer)
{
    private long _sentBytes;
    private long _sentFrames;
    private long _receivedBytes;
    private long _receivedFrames;

    /// <summary>How the metrics name the peer.</summary>
    public KeyValuePair<string, object?> Tag { get; } = new("peer", peer.ToString());

    public long SentBytes => Volatile.Read(ref _sentBytes);

    public long SentFrames => Volatile.Read(ref _sentFrames);

    public long ReceivedBytes => Volatile.Read(ref _receivedBytes);

    public long ReceivedFrames => Volatile.Read(ref _receivedFrames);

    public void Sent(int bytes, int frames)
    {
        Interlocked.Add(ref _sentBytes, bytes);
        Interlocked.Add(ref _sentFrames, frames);
    }

    public void Received(int bytes)
    {
        Interlocked.Add(ref _receivedBytes, bytes);
        Interlocked.Increment(ref _receivedFrames);
    }
}
