using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>Changes a tree: copies each node it touches once, then works in place on the copies. It is
/// itself the owner mark of the nodes it made.</summary>
internal sealed class BTreeBatch(MemoryOrderedStore store, BTree start) : IOrderedBatch
{
    private BTreeNode _root = start.Root;
    private bool _committed;

    public long SizeBytes { get; private set; } = start.SizeBytes;

    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value) =>
        BTree.TryGet(_root, key, out value);

    public long CountRange(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to) =>
        BTree.CountRange(_root, from, to);

    public IOrderedCursor OpenCursor() => new BTreeCursor(_root);

    public void Put(ReadOnlySpan<byte> key, byte[] value)
    {
        Invariant.Check(!_committed, $"a committed batch of {_root.Size} entries was written to");
        var root = _root.OwnedBy(this);
        var right = Insert(root, key, value, out var separator);
        _root = right is null ? root : BTreeNode.Above(this, root, right, separator!);
    }

    public void Remove(ReadOnlySpan<byte> key)
    {
        Invariant.Check(!_committed, $"a committed batch of {_root.Size} entries was written to");
        if (!TryGet(key, out _))
        {
            return;
        }

        _root = RemoveFrom(_root, key);
        while (!_root.IsLeaf && _root.Count == 1)
        {
            _root = _root.Children[0];
        }

        if (_root.Count == 0)
        {
            _root = BTreeNode.EmptyLeaf;
        }
    }

    public void Commit()
    {
        Invariant.Check(!_committed, $"a batch of {_root.Size} entries was committed twice");
        _committed = true;
        store.Publish(new BTree(_root, SizeBytes));
    }

    /// <summary>Inserts below an owned node. Where that splits it, gives the new right neighbour and the
    /// first key it covers.</summary>
    private BTreeNode? Insert(BTreeNode node, ReadOnlySpan<byte> key, byte[] value, out byte[]? separator)
    {
        separator = null;
        if (node.IsLeaf)
        {
            return InsertIntoLeaf(node, key, value, out separator);
        }

        var position = node.ChildFor(key);
        var child = node.Children[position].OwnedBy(this);
        var before = child.Size;
        var right = Insert(child, key, value, out var childSeparator);
        node.ReplaceChild(position, child, child.Size + (right?.Size ?? 0) - before);
        return right is null
            ? null : InsertIntoInner(node, position + 1, childSeparator!, right, out separator);
    }

    private BTreeNode? InsertIntoLeaf(
        BTreeNode leaf, ReadOnlySpan<byte> key, byte[] value, out byte[]? separator)
    {
        separator = null;
        var position = leaf.LowerBound(key, out var found);
        if (found)
        {
            SizeBytes += value.Length - leaf.Values[position].Length;
            leaf.ReplaceValue(position, value);
            return null;
        }

        SizeBytes += key.Length + value.Length;
        if (leaf.Count < BTreeNode.Capacity)
        {
            leaf.InsertEntry(position, key.ToArray(), value);
            return null;
        }

        var at = SplitPoint(position);
        var right = leaf.SplitAt(this, at);
        if (position >= at)
        {
            right.InsertEntry(position - at, key.ToArray(), value);
        }
        else
        {
            leaf.InsertEntry(position, key.ToArray(), value);
        }

        separator = right.Keys[0];
        return right;
    }

    private BTreeNode? InsertIntoInner(
        BTreeNode node, int position, byte[] childSeparator, BTreeNode child, out byte[]? separator)
    {
        separator = null;
        if (node.Count < BTreeNode.Capacity)
        {
            node.InsertChild(position, childSeparator, child);
            return null;
        }

        // The node's size already counts the new child; take it out while splitting so that both halves add
        // up.
        node.ReplaceChild(position - 1, node.Children[position - 1], -child.Size);
        var at = SplitPoint(position);
        var right = node.SplitAt(this, at);
        var target = position >= at ? right : node;
        target.InsertChild(position >= at ? position - at : position, childSeparator, child);
        target.ReplaceChild(0, target.Children[0], child.Size);
        separator = right.Keys[0];
        return right;
    }

    /// <summary>Keys that come in ascending order leave full nodes behind; others split in the
    /// middle.</summary>
    private static int SplitPoint(int position) =>
        position == BTreeNode.Capacity ? BTreeNode.Capacity : BTreeNode.Capacity / 2;

    private BTreeNode RemoveFrom(BTreeNode shared, ReadOnlySpan<byte> key)
    {
        var node = shared.OwnedBy(this);
        if (node.IsLeaf)
        {
            var at = node.LowerBound(key, out _);
            SizeBytes -= node.Keys[at].Length + node.Values[at].Length;
            node.RemoveEntry(at);
            return node;
        }

        var position = node.ChildFor(key);
        var child = RemoveFrom(node.Children[position], key);
        node.ReplaceChild(position, child, -1);
        if (child.Count == 0)
        {
            node.RemoveChild(position);
        }
        else
        {
            node.MergeIfSparse(this, position);
        }

        return node;
    }
}
