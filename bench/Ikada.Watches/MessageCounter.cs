using System.Buffers.Binary;

namespace Ikada.Watches;

/// <summary>Counts what the gRPC messages of a stream hold, however they are cut into frames.</summary>
internal sealed class MessageCounter
{
    private const int PrefixBytes = 5;
    private byte[] _held = new byte[512];
    private int _length;

    /// <summary>Takes the next bytes of the stream; how many watchers and events they complete.</summary>
    public (int Created, int Events) Take(ReadOnlySpan<byte> data)
    {
        var (created, events) = (0, 0);
        while (!data.IsEmpty)
        {
            if (_length == 0 && TryMessage(data, out var message))
            {
                // The usual case: nothing is copied.
                Count(message, ref created, ref events);
                data = data[(PrefixBytes + message.Length)..];
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
            if (TryMessage(_held.AsSpan(0, _length), out message))
            {
                Count(message, ref created, ref events);
                _length = 0;
            }
        }

        return (created, events);
    }

    private static int MessageLength(ReadOnlySpan<byte> prefix) =>
        BinaryPrimitives.ReadInt32BigEndian(prefix[1..]);

    private static bool TryMessage(ReadOnlySpan<byte> data, out ReadOnlySpan<byte> message)
    {
        message = default;
        if (data.Length < PrefixBytes || data.Length - PrefixBytes < MessageLength(data))
        {
            return false;
        }

        message = data.Slice(PrefixBytes, MessageLength(data));
        return true;
    }

    private static void Count(ReadOnlySpan<byte> message, ref int created, ref int events)
    {
        while (!message.IsEmpty)
        {
            var tag = Varint(ref message);
            var value = Varint(ref message);
            if (tag == ((11 << 3) | 2))
            {
                events++;
            }
            else if (tag == 3 << 3)
            {
                created++;
            }
            else if (tag == 4 << 3)
            {
                throw new InvalidDataException("the server has cancelled a watcher");
            }

            if ((tag & 7) == 2)
            {
                message = message[(int)value..];
            }
        }
    }

    private static ulong Varint(ref ReadOnlySpan<byte> from)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var one = from[0];
            from = from[1..];
            value |= (ulong)(one & 0x7F) << shift;
            if (one < 0x80)
            {
                return value;
            }
        }
    }
}
