using Ikada.KeyValue;
using Ikada.Simulation.Checkers.Store;

namespace Ikada.Faults.Clients;

/// <summary>A change of a key as a server tells it.</summary>
/// <param name="IsDeletion">Whether the key was deleted.</param>
/// <param name="Item">What was put; of a deletion the key and the revision.</param>
/// <param name="Before">What stood there; null: nothing, or it was not asked for.</param>
internal sealed record RecordedChange(bool IsDeletion, KeyValueItem Item, KeyValueItem? Before)
{
    /// <summary>Its number; -1 if no client has such a key.</summary>
    public int Key => NumberOf(Item.Key.Span);

    public long Revision => Item.ModRevision;

    public override string ToString() => StoreText.Of(IsDeletion, Item, Before);

    private static int NumberOf(ReadOnlySpan<byte> key) => key.Length == 3 && key[0] == 'k'
        ? ((key[1] - 'a') * 26) + key[2] - 'a' : -1;
}
