namespace Ikada.KeyValue.RocksDb;

/// <summary>Walks forward, portion by portion.</summary>
internal sealed class RocksCursor(Func<nint> open, Action<nint> close) : IOrderedCursor
{
    private readonly Portion _portion = new();
    private int _at;

    // How many entries of the portion were stood on.
    private int _used;

    public ReadOnlyMemory<byte> Key => _portion[_at].Key;

    public ReadOnlyMemory<byte> Value => _portion[_at].Value;

    public bool Seek(ReadOnlySpan<byte> from)
    {
        // Whoever reads the versions of one key after the other finds most of them at hand.
        if (_portion.TryFind(from, out _at))
        {
            _used++;
            return true;
        }

        if (_used * 2 < _portion.Count)
        {
            _portion.Restart();
        }

        return Fill(from, isBehind: false);
    }

    public bool MoveNext()
    {
        if (++_at < _portion.Count)
        {
            _used++;
            return true;
        }

        return _portion.Count > 0 && !_portion.IsLast && Fill(_portion[^1].Key, isBehind: true);
    }

    private bool Fill(ReadOnlySpan<byte> from, bool isBehind)
    {
        _portion.Fill(open, close, from, isBehind);
        (_at, _used) = (0, 1);
        return _portion.Count > 0;
    }
}
