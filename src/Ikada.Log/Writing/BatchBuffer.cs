using Ikada.Log.Format;

namespace Ikada.Log.Writing;

/// <summary>
/// The bytes of a batch under construction: one buffer, reused, for headers and small bodies, and the larger
/// bodies where they are, handed to the disk in one gather write.
/// </summary>
internal sealed class BatchBuffer
{
    // Below this, copying a body costs less than another piece of a gather write.
    private const int GatherBytesMin = 2048;
    private const int KeptBytesMax = 1 << 20;
    private readonly List<(int End, ReadOnlyMemory<byte> Body)> _splits = [];
    private readonly List<ReadOnlyMemory<byte>> _pieces = [];
    private byte[] _buffer = new byte[16 << 10];
    private int _used;
    private int _gathered;

    /// <summary>The bytes so far, gathered bodies included.</summary>
    public int Length => _used + _gathered;

    public void Reset()
    {
        if (_buffer.Length > KeptBytesMax)
        {
            _buffer = new byte[KeptBytesMax];
        }

        _used = _gathered = 0;
        _splits.Clear();
        _pieces.Clear();
    }

    /// <summary>The next bytes, zeroed, valid until the next call.</summary>
    public Span<byte> Take(int bytes)
    {
        if (_used + bytes > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _used + bytes));
        }

        var taken = _buffer.AsSpan(_used, bytes);
        taken.Clear();
        _used += bytes;
        return taken;
    }

    /// <summary>Bytes taken before, from the beginning; nothing may have been gathered before their
    /// end.</summary>
    public Span<byte> From(int offset, int bytes) => _buffer.AsSpan(offset, bytes);

    public void AddBody(ReadOnlyMemory<byte> body)
    {
        var padding = LogFormat.AlignRecord(body.Length) - body.Length;
        if (body.Length < GatherBytesMin)
        {
            body.Span.CopyTo(Take(body.Length + padding));
            return;
        }

        _splits.Add((_used, body));
        _gathered += body.Length;
        Take(padding);
    }

    /// <summary>The pieces in order. The buffer is not to be touched until the write is done.</summary>
    public List<ReadOnlyMemory<byte>> Finish()
    {
        var start = 0;
        foreach (var (end, body) in _splits)
        {
            AddPiece(start, end);
            _pieces.Add(body);
            start = end;
        }

        AddPiece(start, _used);
        return _pieces;
    }

    private void AddPiece(int start, int end)
    {
        if (end > start)
        {
            _pieces.Add(_buffer.AsMemory(start, end - start));
        }
    }
}
