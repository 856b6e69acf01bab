using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Ikada.Primitives;

namespace Ikada.Samples.ThreeNodes;

/// <summary>The replicated to-do list. Immutable, so that a snapshot is only a reference: more commands may
/// be applied while it is written. Sorted, so that it is written the same on every node.</summary>
internal sealed class TodoList : IStateMachine<Command, CommandResult>
{
    private ImmutableSortedDictionary<long, Item> _items = ImmutableSortedDictionary<long, Item>.Empty;

    public IEnumerable<Item> Items => _items.Values;

    public CommandResult Apply(LogIndex index, Command command) => new(command switch
    {
        // The index is the same on every node and never comes again: a good id.
        AddItem add => Keep(new Item((long)index.Value, add.Text, add.At, IsDone: false)),
        FinishItem finish => Find(finish.Id) is { } item ? Keep(item with { IsDone = true }) : null,
        RemoveItem remove => Drop(Find(remove.Id)),
        _ => throw new NotSupportedException($"{command.GetType().Name} is of a newer program than this one"),
    });

    public Action<IBufferWriter<byte>> CaptureSnapshot()
    {
        var items = _items;
        return writer =>
        {
            using var json = new Utf8JsonWriter(writer);
            JsonSerializer.Serialize(json, items.Values.ToArray(), JsonSerializerOptions.Web);
        };
    }

    public void Restore(ReadOnlySequence<byte> snapshot)
    {
        var reader = new Utf8JsonReader(snapshot);
        var items = JsonSerializer.Deserialize<Item[]>(ref reader, JsonSerializerOptions.Web)!;
        _items = items.ToImmutableSortedDictionary(item => item.Id, item => item);
    }

    private Item? Find(long id) => _items.GetValueOrDefault(id);

    private Item Keep(Item item)
    {
        _items = _items.SetItem(item.Id, item);
        return item;
    }

    private Item? Drop(Item? item)
    {
        _items = item is null ? _items : _items.Remove(item.Id);
        return item;
    }
}
