using System.Buffers.Binary;

namespace Ikada.Load.Http2;

/// <summary>
/// A call under way, told of what comes. Once it has ended it may be begun anew. What it is told, it is told
/// on
/// the thread that receives, one thing at a time per connection.
/// </summary>
public abstract class GrpcCall
{
    private const int PrefixBytes = 5;
    private byte[] _held = [];
    private int _length;

    /// <summary>0 while no call is under way.</summary>
    internal int Stream { get; set; }

    /// <summary>Bytes that the server is willing to take of this call.</summary>
    internal int SendWindow { get; set; }

    /// <summary>Bytes of this call that were received and not yet granted anew.</summary>
    internal int Received { get; set; }

    /// <summary>One message of the answer; the bytes are valid during the call only.</summary>
    protected internal abstract void OnMessage(ReadOnlySpan<byte> message);

    /// <summary>The call is over. Null: with status OK.</summary>
    protected internal abstract void OnEnd(string? error);

    internal void Begin(int stream, int sendWindow)
    {
        (Stream, SendWindow, Received) = (stream, sendWindow, 0);
        _length = 0;
    }

    /// <summary>Takes bytes of the answer, however messages are cut into frames.</summary>
    internal void Take(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            if (_length == 0 && IsWhole(data))
            {
                // The usual case: nothing is copied.
                var end = PrefixBytes + MessageLength(data);
                Message(data[..end]);
                data = data[end..];
                continue;
            }

            var wanted = _length < PrefixBytes ? PrefixBytes : PrefixBytes + MessageLength(_held);
            var taken = Math.Min(wanted - _length, data.Length);
            if (_held.Length < _length + taken)
            {
                Array.Resize(ref _held, Math.Max(2 * _held.Length, _length + taken));
            }

            data[..taken].CopyTo(_held.AsSpan(_length));
            _length += taken;
            data = data[taken..];
            if (IsWhole(_held.AsSpan(0, _length)))
            {
                var whole = _held.AsSpan(0, _length);
                _length = 0;
                Message(whole);
            }
        }
    }

    private void Message(ReadOnlySpan<byte> prefixed)
    {
        if (prefixed[0] != 0)
        {
            throw new GrpcConnectionException("the server has compressed a message, unasked");
        }

        OnMessage(prefixed[PrefixBytes..]);
    }

    private static int MessageLength(ReadOnlySpan<byte> prefix) =>
        BinaryPrimitives.ReadInt32BigEndian(prefix[1..]);

    private static bool IsWhole(ReadOnlySpan<byte> data) =>
        data.Length >= PrefixBytes && data.Length - PrefixBytes >= MessageLength(data);
}
