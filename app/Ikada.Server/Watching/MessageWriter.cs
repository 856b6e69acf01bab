using System.Buffers.Binary;
using System.IO.Pipelines;

namespace Ikada.Server;

/// <summary>Writes the messages of a gRPC stream straight into the body of its response: so many go out with
/// one flush, and what they share is copied and not encoded again. Nobody else may write to the stream.
/// </summary>
internal sealed class MessageWriter(PipeWriter body)
{
    private const int PrefixBytes = 5;
    private Memory<byte> _room;
    private int _used;

    /// <summary>Bytes written since the last flush.</summary>
    public int Held { get; private set; }

    /// <summary>Begins a message of <paramref name="length"/> bytes, which <see cref="Append"/>
    /// brings.</summary>
    public void Begin(int length)
    {
        // The first byte says that it is not compressed.
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        prefix[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(prefix[1..], length);
        Append(prefix);
    }

    /// <summary>The next bytes of a message.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        Held += bytes.Length;
        while (true)
        {
            var room = _room.Span[_used..];
            if (bytes.Length <= room.Length)
            {
                bytes.CopyTo(room);
                _used += bytes.Length;
                return;
            }

            bytes[..room.Length].CopyTo(room);
            bytes = bytes[room.Length..];
            Commit(_room.Length);
            _room = body.GetMemory();
        }
    }

    /// <summary>Lets out what is held, and waits for a client that is behind.</summary>
    public async ValueTask FlushAsync(CancellationToken end)
    {
        Commit(_used);
        (_room, Held) = (default, 0);
        await body.FlushAsync(end);
    }

    private void Commit(int bytes)
    {
        if (bytes > 0)
        {
            body.Advance(bytes);
        }

        _used = 0;
    }
}
