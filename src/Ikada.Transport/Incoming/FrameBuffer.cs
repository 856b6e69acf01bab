using Ikada.Primitives;

namespace Ikada.Transport;

/// <summary>Received bytes that are not read yet, in one run. Grows to the frame that is coming, no
/// further.</summary>
internal sealed class FrameBuffer
{
    private const int BytesUsual = 64 << 10;
    private byte[] _bytes = new byte[BytesUsual];
    private int _start;
    private int _end;

    public ReadOnlySpan<byte> Unread => _bytes.AsSpan(_start.._end);

    /// <summary>Room to receive into, so that at least <paramref name="frameBytes"/> from the start of the
    /// unread bytes fit.</summary>
    public Memory<byte> Room(int frameBytes)
    {
        if (_start == _end)
        {
            _start = _end = 0;
            if (_bytes.Length > BytesUsual && frameBytes <= BytesUsual)
            {
                // One large frame must not cost its size for as long as the connection lives.
                _bytes = new byte[BytesUsual];
            }
        }

        if (_start + frameBytes > _bytes.Length || _end == _bytes.Length)
        {
            var target = frameBytes <= _bytes.Length
                ? _bytes
                : GC.AllocateUninitializedArray<byte>(Math.Max(frameBytes, BytesUsual));
            Unread.CopyTo(target);
            (_bytes, _start, _end) = (target, 0, _end - _start);
        }

        return _bytes.AsMemory(_end);
    }

    public void Received(int count) => _end += count;

    public void Read(int count)
    {
        Invariant.Check(count <= _end - _start, $"{count} bytes read where {_end - _start} are");
        _start += count;
    }
}
