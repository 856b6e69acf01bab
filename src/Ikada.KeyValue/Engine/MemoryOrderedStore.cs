namespace Ikada.KeyValue;

/// <summary>The engine in memory: a copy-on-write B+tree. A view is one reference read, which the collector
/// ends; nothing survives the process.</summary>
public sealed class MemoryOrderedStore : IOrderedStore
{
    private volatile BTree _tree = BTree.Empty;

    /// <inheritdoc/>
    public IHeldView Hold() => _tree;

    /// <inheritdoc/>
    public IOrderedBatch BeginBatch() => new BTreeBatch(this, _tree);

    /// <inheritdoc/>
    public IOrderedBatch BeginReplacement() => new BTreeBatch(this, BTree.Empty);

    internal void Publish(BTree tree) => _tree = tree;
}
