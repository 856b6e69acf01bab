namespace Ikada.KeyValue;

/// <summary>Gathers the items of a range that pass its filters, up to a number of them.</summary>
/// <param name="query">The range.</param>
/// <param name="itemsMax">How many to gather.</param>
internal sealed class RangeItems(RangeQuery query, long itemsMax) : IRangeSink
{
    public List<KeyValueItem> All { get; } = [];

    public bool IsFull => All.Count >= itemsMax;

    /// <summary>Takes an entry of the space of current keys.</summary>
    public bool Take(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value)
    {
        Take(KeyValueRecord.Decode(key[1..], value));
        return !IsFull;
    }

    public void Take(in KeyValueItem item)
    {
        if (query.Passes(item))
        {
            All.Add(item);
        }
    }
}
