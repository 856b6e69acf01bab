using System.Buffers;
using Ikada.Consensus;

namespace Ikada.Simulation.Network;

/// <summary>
/// A frame on a link: the encoded bytes, in a buffer that goes back to the pool when the last copy has
/// arrived or
/// was lost. What the trace shows of it is noted when it is made.
/// </summary>
internal sealed class SimFrame : IBufferWriter<byte>
{
    private byte[] _bytes = new byte[512];

    public int Length { get; private set; }

    /// <summary>How many arrivals, and places in the memory for replays, still need it.</summary>
    public int Holders { get; set; }

    /// <summary>The sender's start: a frame of an earlier one is not taken.</summary>
    public int SenderStart { get; set; }

    /// <summary>Whether bits were flipped: it must not be taken.</summary>
    public bool IsCorrupted { get; set; }

    /// <summary>Whether its end is missing: it must not be taken.</summary>
    public bool IsBrokenOff { get; private set; }

    /// <summary>Message type and term, for the trace.</summary>
    public long Type { get; set; }

    public long Term { get; set; }

    /// <summary>Whether it belongs to the transfer of a snapshot.</summary>
    public bool IsOfSnapshot =>
        (MessageType)Type is >= MessageType.SnapshotOffer and <= MessageType.SnapshotRequest;

    public Span<byte> Bytes => _bytes.AsSpan(0, Length);

    public void Clear() => (Length, IsCorrupted, IsBrokenOff) = (0, false, false);

    /// <summary>Only so many bytes of it are left.</summary>
    public void BreakOff(int length) => (Length, IsBrokenOff) = (length, true);

    public void CopyFrom(SimFrame other)
    {
        Clear();
        other.Bytes.CopyTo(GetSpan(other.Length));
        Advance(other.Length);
        (SenderStart, Type, Term) = (other.SenderStart, other.Type, other.Term);
    }

    public void Advance(int count) => Length += count;

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _bytes.AsSpan(Length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _bytes.AsMemory(Length);
    }

    private void Grow(int more)
    {
        if (_bytes.Length - Length < Math.Max(1, more))
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + more));
        }
    }
}

/// <summary>Frames to be used again.</summary>
internal sealed class FramePool
{
    private readonly Stack<SimFrame> _free = new();

    /// <summary>An empty frame with one holder.</summary>
    public SimFrame Take()
    {
        if (!_free.TryPop(out var frame))
        {
            frame = new SimFrame();
        }

        frame.Clear();
        frame.Holders = 1;
        return frame;
    }

    /// <summary>One holder less.</summary>
    public void Release(SimFrame frame)
    {
        if (--frame.Holders == 0)
        {
            // A holder that reads on reads nonsense, and the checksum tells.
            frame.Bytes.Fill(0xDD);
            _free.Push(frame);
        }
    }
}
