namespace Ikada.KeyValue;

/// <summary>
/// What waits between the thread that applies and the hub of the watches: batches of changes in order, up to
/// a bound. What there was no room for, or what nobody collected, is marked to be read from the store. One
/// thread at a time: those who share it take turns. The views that it keeps are held by nobody: their numbers
/// are all that the hub needs of them.
/// </summary>
/// <param name="bytesMax">How many bytes of changes may wait; beyond it they are dropped and read from the
/// store.</param>
public sealed class WatchInbox(long bytesMax)
{
    private const int ChangeOverheadBytes = 128;

    private List<(KeyValueView View, IReadOnlyList<KeyValueChange> Changes)> _batches = [];
    private long _bytes;
    private long _compacted;
    private KeyValueView? _skipTo;

    /// <summary>What was applied before anybody listened is read from the store.</summary>
    public void Begin(KeyValueView now) => _skipTo = now;

    /// <summary>Takes a batch (<see cref="IChangeListener.Published"/>). False: there is nothing in it for
    /// the hub.</summary>
    public bool Put(KeyValueView now, IReadOnlyList<KeyValueChange>? changes)
    {
        if (changes is null || _bytes > bytesMax)
        {
            _batches.Clear();
            _bytes = 0;
            _skipTo = now;
        }
        else if (changes.Count > 0 || now.CompactedRevision != _compacted)
        {
            _batches.Add((now, changes));
            for (var i = 0; i < changes.Count; i++)
            {
                _bytes += ChangeOverheadBytes + changes[i].Item.Key.Length + changes[i].Item.Value.Length
                    + (changes[i].Previous?.Value.Length ?? 0);
            }
        }
        else
        {
            return false;
        }

        _compacted = now.CompactedRevision;
        return true;
    }

    /// <summary>Takes out all that waits: first the hub skips to where <c>SkipTo</c> is, if there is one
    /// (<see cref="WatchHub.Skip"/>), then it publishes the batches in order.</summary>
    public (KeyValueView? SkipTo, IReadOnlyList<(KeyValueView View, IReadOnlyList<KeyValueChange> Changes)>
        Batches) TakeAll()
    {
        var taken = (_skipTo, _batches);
        (_skipTo, _batches, _bytes) = (null, [], 0);
        return taken;
    }
}
