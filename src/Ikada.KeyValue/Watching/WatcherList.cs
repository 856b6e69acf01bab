namespace Ikada.KeyValue;

/// <summary>Watchers in no order of note; each knows its place, so it leaves in one step.</summary>
internal sealed class WatcherList
{
    private readonly List<Watcher> _watchers = [];

    public int Count => _watchers.Count;

    public Watcher this[int slot] => _watchers[slot];

    public void Add(Watcher watcher)
    {
        watcher.ListSlot = _watchers.Count;
        _watchers.Add(watcher);
    }

    /// <summary>The last one takes the free place.</summary>
    public void Remove(Watcher watcher)
    {
        var last = _watchers[^1];
        _watchers[watcher.ListSlot] = last;
        last.ListSlot = watcher.ListSlot;
        _watchers.RemoveAt(_watchers.Count - 1);
    }
}
