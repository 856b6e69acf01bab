namespace Ikada.KeyValue;

/// <summary>
/// A range of keys as etcd's requests say it: with an empty end it is the one key; an end of one zero byte
/// means every key from the first on; else it is first &lt;= key &lt; end, which may hold nothing.
/// </summary>
/// <param name="Key">The first key. Empty is invalid everywhere but in a watch.</param>
/// <param name="End">The end.</param>
public readonly record struct KeyRange(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> End)
{
    /// <summary>Whether it is one key.</summary>
    public bool IsSingle => End.IsEmpty;

    /// <summary>Whether it goes on to the last key.</summary>
    public bool IsOpen => End.Length == 1 && End.Span[0] == 0;

    /// <summary>Whether <paramref name="key"/> is in it.</summary>
    public bool Contains(ReadOnlySpan<byte> key)
    {
        var order = key.SequenceCompareTo(Key.Span);
        return IsSingle ? order == 0 : order >= 0 && (IsOpen || key.SequenceCompareTo(End.Span) < 0);
    }

    /// <summary>Where it starts in the space of current keys.</summary>
    internal byte[] CurrentStart() => KeyLayout.Current(Key.Span);

    /// <summary>Where it ends in the space of current keys.</summary>
    internal byte[] CurrentEnd() => IsOpen ? KeyLayout.EndOf(KeyLayout.CurrentSpace)
        : IsSingle ? KeyLayout.Current([.. Key.Span, 0])
        : KeyLayout.Current(End.Span);

    /// <summary>Where it ends in the history.</summary>
    internal byte[] HistoryEnd() => IsOpen ? KeyLayout.EndOf(KeyLayout.HistorySpace)
        : IsSingle ? KeyLayout.HistoryStart([.. Key.Span, 0])
        : KeyLayout.HistoryStart(End.Span);
}
