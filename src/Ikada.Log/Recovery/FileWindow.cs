namespace Ikada.Log.Recovery;

/// <summary>Reads a file in large pieces. What it gave out stays valid: a new piece is a new array, so bodies
/// can be kept without copying. While it has an array to use again and again it is otherwise: what it gave
/// out is valid until it is asked for something outside of the piece.</summary>
internal sealed class FileWindow(IDisk disk, string name, int windowBytes, byte[]? reused = null)
{
    private const int ScanBytes = 64 << 10;
    private byte[]? _reused = reused;
    private byte[] _window = [];
    private long _start;
    private int _length;

    public string Name => name;

    public long Length { get; } = disk.GetLength(name);

    /// <summary>The bytes there; fewer only at the end of the file.</summary>
    public ReadOnlyMemory<byte> Get(long offset, int count)
    {
        count = (int)Math.Clamp(Length - offset, 0, count);
        if (offset < _start || offset + count > _start + _length)
        {
            Load(offset, count);
        }

        var at = (int)(offset - _start);
        return _window.AsMemory(at, Math.Max(0, Math.Min(count, _length - at)));
    }

    /// <summary>Whether what it gave out is overwritten later on.</summary>
    public bool IsReusing => _reused is not null;

    /// <summary>From now on what it gives out stays valid.</summary>
    public void Keep()
    {
        _reused = null;
        _length = 0;
    }

    /// <summary>The offset after the last byte that is not zero, at or after <paramref name="from"/>;
    /// <paramref name="from"/> if all are.</summary>
    public long EndOfContent(long from)
    {
        var end = from;
        var buffer = GC.AllocateUninitializedArray<byte>((int)Math.Clamp(Length - from, 0, ScanBytes));
        for (var at = from; at < Length;)
        {
            var read = disk.Read(name, at, buffer.AsSpan(0, (int)Math.Min(buffer.Length, Length - at)));
            if (read == 0)
            {
                break;
            }

            var last = buffer.AsSpan(0, read).LastIndexOfAnyExcept((byte)0);
            end = last >= 0 ? at + last + 1 : end;
            at += read;
        }

        return end;
    }

    private void Load(long offset, int count)
    {
        var wanted = (int)Math.Max(0, Math.Min(Math.Max(count, windowBytes), Length - offset));
        if (_reused is null || _reused.Length < wanted)
        {
            _window = GC.AllocateUninitializedArray<byte>(wanted);
            _reused = _reused is null ? null : _window;
        }
        else
        {
            _window = _reused;
        }

        _start = offset;
        _length = 0;
        while (_length < wanted)
        {
            var read = disk.Read(name, offset + _length, _window.AsSpan(_length, wanted - _length));
            if (read == 0)
            {
                break;
            }

            _length += read;
        }
    }
}
