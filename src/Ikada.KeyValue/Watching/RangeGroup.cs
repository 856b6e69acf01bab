namespace Ikada.KeyValue;

/// <summary>The watchers of one range: however many they are, the index holds the range once.</summary>
internal sealed class RangeGroup(KeyRange range)
{
    private readonly List<Watcher> _watchers = [];

    public KeyRange Range { get; } = range;

    public int Count => _watchers.Count;

    public Watcher this[int slot] => _watchers[slot];

    public void Add(Watcher watcher)
    {
        (watcher.Group, watcher.GroupSlot) = (this, _watchers.Count);
        _watchers.Add(watcher);
    }

    /// <summary>The last one takes the free place, so whoever goes through them backwards may remove the one
    /// he stands on.</summary>
    public void Remove(Watcher watcher)
    {
        var last = _watchers[^1];
        _watchers[watcher.GroupSlot] = last;
        last.GroupSlot = watcher.GroupSlot;
        _watchers.RemoveAt(_watchers.Count - 1);
        watcher.Group = null;
    }
}
