using System.Buffers;
using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Wire;

namespace Ikada.Transport;

/// <summary>What became of a message offered to a queue.</summary>
internal enum Offer
{
    /// <summary>Encoded and queued.</summary>
    Queued,

    /// <summary>No room.</summary>
    Full,

    /// <summary>The frame would be longer than the peer or we take.</summary>
    TooLarge,
}

/// <summary>
/// Encoded frames on their way to one connection: in chunks, each sent by one call. Bounded in bytes and
/// frames; heartbeats and votes have a reserve beyond the bounds, so that a queue full of entries never
/// silences a leader. Not thread-safe: its connection holds a lock around it.
/// </summary>
internal sealed class SendQueue(TransportOptions options, int frameBytesMax)
{
    private readonly Queue<Chunk> _full = new();
    private Chunk _filling = new();
    private long _bytes;
    private int _frames;

    /// <summary>The chunk being sent; its frames may or may not arrive.</summary>
    public Chunk? InFlight { get; private set; }

    /// <summary>Bytes queued and in flight. From any thread.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public bool HasUnsent => _full.Count > 0 || _filling.Count > 0;

    /// <summary>Whether an ordinary message was turned away and the queue has not been half empty
    /// since.</summary>
    public bool IsCongested { get; set; }

    public bool IsHalfEmpty => _bytes <= options.QueueBytesMax / 2 && _frames <= options.QueueFramesMax / 2;

    public Offer TryAdd(GroupId group, FrameSender sender, in Message message, ReadOnlySpan<LogEntry> entries)
    {
        var length = FrameWriter.MeasureMessage(message, entries);
        if (length > frameBytesMax)
        {
            return Offer.TooLarge;
        }

        var urgent = SendPriority.IsUrgent(message.Type);
        if (_bytes + length > options.QueueBytesMax + (urgent ? options.ReserveBytesMax : 0)
            || _frames + 1 > options.QueueFramesMax + (urgent ? options.ReserveFramesMax : 0))
        {
            return Offer.Full;
        }

        if (!_filling.HasRoomFor((int)length))
        {
            _full.Enqueue(_filling);
            _filling = new Chunk();
        }

        FrameWriter.WriteMessage(_filling, group, sender, message, entries);
        _filling.Frames.Add((group, message));
        _bytes += length;
        _frames++;
        return Offer.Queued;
    }

    /// <summary>Takes the next chunk to send. Invariant: none is in flight.</summary>
    public Chunk? TakeNext()
    {
        Invariant.Check(InFlight is null, $"a chunk of {InFlight?.Count ?? 0} bytes is still being sent");
        if (_full.TryDequeue(out var next))
        {
            InFlight = next;
        }
        else if (_filling.Count > 0)
        {
            InFlight = _filling;
            _filling = new Chunk();
        }

        return InFlight;
    }

    /// <summary>The chunk in flight is in the kernel's hands; its memory is free again.</summary>
    public void Sent()
    {
        var sent = InFlight!;
        _bytes -= sent.Count;
        _frames -= sent.Frames.Count;
        InFlight = null;
        sent.Release();
    }

    /// <summary>Hands over, in order, every frame of which no byte was sent, and forgets all.</summary>
    public void DropUnsent(Action<GroupId, Message> dropped)
    {
        _full.Enqueue(_filling);
        _filling = new Chunk();
        while (_full.TryDequeue(out var chunk))
        {
            foreach (var (group, message) in chunk.Frames)
            {
                dropped(group, message);
            }

            chunk.Release();
        }
    }
}

/// <summary>Frames that are sent together.</summary>
internal sealed class Chunk : IBufferWriter<byte>
{
    private const int BytesMin = 4 << 10;
    private const int BytesMax = 256 << 10;
    private byte[] _bytes = [];

    public int Count { get; private set; }

    public List<(GroupId Group, Message Message)> Frames { get; } = [];

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Count);

    /// <summary>A frame larger than a chunk has one of its own.</summary>
    public bool HasRoomFor(int length) => Count == 0 || Count + length <= BytesMax;

    public void Advance(int count) => Count += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(Count);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(Count);
    }

    public void Release()
    {
        var bytes = _bytes;
        _bytes = [];
        Count = 0;
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Reserve(int length)
    {
        if (_bytes.Length - Count >= length)
        {
            return;
        }

        var wanted = Math.Max(Math.Max(BytesMin, _bytes.Length * 2), Count + length);
        var larger = ArrayPool<byte>.Shared.Rent(wanted);
        Written.CopyTo(larger);
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = larger;
    }
}
