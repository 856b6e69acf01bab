namespace Ikada.Log.Recovery;

/// <summary>Reads a file in large pieces. What it gave out stays valid: a new piece is a new array, so bodies
/// can be kept without copying.</summary>
internal sealed class FileWindow(IDisk disk, string name, int windowBytes)
{
    private byte[] _window = [];
    private long _start;
    private int _length;

    public string Name => name;

    public long Length { get; } = disk.GetLength(name);

    /// <summary>The bytes there; fewer only at the end of the file.</summary>
    public ReadOnlyMemory<byte> Get(long offset, int count)
    {
        if (offset < _start || offset + count > _start + _length)
        {
            Load(offset, count);
        }

        var at = (int)(offset - _start);
        return _window.AsMemory(at, Math.Max(0, Math.Min(count, _length - at)));
    }

    /// <summary>The offset after the last byte that is not zero, at or after <paramref name="from"/>;
    /// <paramref name="from"/> if all are.</summary>
    public long EndOfContent(long from)
    {
        var end = from;
        for (var at = from; at < Length; at += windowBytes)
        {
            var bytes = Get(at, (int)Math.Min(windowBytes, Length - at)).Span;
            var last = bytes.LastIndexOfAnyExcept((byte)0);
            if (last >= 0)
            {
                end = at + last + 1;
            }
        }

        return end;
    }

    private void Load(long offset, int count)
    {
        var wanted = (int)Math.Max(0, Math.Min(Math.Max(count, windowBytes), Length - offset));
        _window = new byte[wanted];
        _start = offset;
        _length = 0;
        while (_length < wanted)
        {
            var read = disk.Read(name, offset + _length, _window.AsSpan(_length));
            if (read == 0)
            {
                break;
            }

            _length += read;
        }
    }
}
