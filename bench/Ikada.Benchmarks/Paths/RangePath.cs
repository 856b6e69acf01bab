using Ikada.KeyValue;

namespace Ikada.Benchmarks;

/// <summary>A range of one key.</summary>
internal sealed class RangePath(bool isOnDisk) : HotPath
{
    private readonly FilledStore _store = new(isOnDisk);
    private readonly byte[][] _keys = [.. Enumerable.Range(0, FilledStore.Keys).Select(FilledStore.KeyOf)];

    public override void Run(int operations)
    {
        for (var done = 0; done < operations; done++)
        {
            var result = _store.Store.View.Range(RangeQuery.Of(_keys[done % _keys.Length]));
            if (result.Items.Count != 1)
            {
                throw new InvalidOperationException($"{result.Items.Count} keys were found");
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        _store.Dispose();
        base.Dispose(disposing);
    }
}
