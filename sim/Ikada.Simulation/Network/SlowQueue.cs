using Ikada.Simulation.Time;

namespace Ikada.Simulation.Network;

/// <summary>A queue to a peer as the transport keeps it, before a slow wire: bounded in bytes and frames,
/// with a reserve for what must not wait.</summary>
internal sealed class SlowQueue(int framesMax, long bytesMax, long bytesPerSecond)
{
    /// <summary>The least reserve that the transport can be set to.</summary>
    private const int ReserveFrames = 8;

    private const long ReserveBytes = 4096;
    private readonly Queue<SimFrame> _waiting = new();
    private long _bytes;

    /// <summary>Whether no frame waits.</summary>
    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>What the transport takes for half empty: then it tells that there is room again.</summary>
    public bool IsHalfEmpty => _bytes <= bytesMax / 2 && _waiting.Count <= framesMax / 2;

    /// <summary>Puts a frame in. False: there is no room for it. A queue that is empty has room for any: in
    /// the transport its bound is above the longest frame.</summary>
    public bool TryAdd(SimFrame frame, bool isUrgent)
    {
        if (!IsEmpty
            && (_bytes + frame.Length > bytesMax + (isUrgent ? ReserveBytes : 0)
                || _waiting.Count + 1 > framesMax + (isUrgent ? ReserveFrames : 0)))
        {
            return false;
        }

        _waiting.Enqueue(frame);
        _bytes += frame.Length;
        return true;
    }

    /// <summary>How long the wire is busy with the next frame.</summary>
    public long TimeOfNext => Math.Max(1, _waiting.Peek().Length * Draw.Second / bytesPerSecond);

    /// <summary>Takes the next frame out.</summary>
    public SimFrame Take()
    {
        var frame = _waiting.Dequeue();
        _bytes -= frame.Length;
        return frame;
    }
}
