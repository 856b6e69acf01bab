namespace Ikada.KeyValue.RocksDb;

/// <summary>Walks forward, portion by portion.</summary>
internal sealed class RocksCursor(Func<nint> open, Action<nint> close) : IOrderedCursor
{
    private readonly Portion _portion = new();
    private int _at;

    public ReadOnlyMemory<byte> Key => _portion[_at].Key;

    public ReadOnlyMemory<byte> Value => _portion[_at].Value;

    public bool Seek(ReadOnlySpan<byte> from)
    {
        _portion.Restart();
        _portion.Fill(open, close, from, isBehind: false);
        _at = 0;
        return _portion.Count > 0;
    }

    public bool MoveNext()
    {
        if (++_at < _portion.Count)
        {
            return true;
        }

        if (_portion.Count == 0 || _portion.IsLast)
        {
            return false;
        }

        _portion.Fill(open, close, _portion[^1].Key, isBehind: true);
        _at = 0;
        return _portion.Count > 0;
    }
}
