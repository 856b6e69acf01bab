namespace Ikada.KeyValue;

/// <summary>
/// Byte keys in bytewise order over immutable nodes. A tree is a value: reading an old one while a newer
/// one is being made is always right. See <see cref="BTreeNode"/> for who may change what.
/// </summary>
/// <param name="Root">The topmost node.</param>
/// <param name="SizeBytes">The bytes of all keys and values.</param>
internal sealed record BTree(BTreeNode Root, long SizeBytes) : IHeldView
{
    public static BTree Empty { get; } = new(BTreeNode.EmptyLeaf, 0);

    public bool TryHold() => true;

    // The collector finds out.
    public void LetGo()
    {
    }

    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value) =>
        TryGet(Root, key, out value);

    public long CountRange(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to) => CountRange(Root, from, to);

    public IOrderedCursor OpenCursor() => new BTreeCursor(Root);

    public static bool TryGet(BTreeNode node, ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value)
    {
        while (!node.IsLeaf)
        {
            node = node.Children[node.ChildFor(key)];
        }

        var position = node.LowerBound(key, out var found);
        value = found ? node.Values[position] : default;
        return found;
    }

    public static long CountRange(BTreeNode root, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to) =>
        from.SequenceCompareTo(to) >= 0 ? 0 : Rank(root, to) - Rank(root, from);

    /// <summary>How many keys are below <paramref name="key"/>.</summary>
    private static long Rank(BTreeNode node, ReadOnlySpan<byte> key)
    {
        var rank = 0L;
        while (!node.IsLeaf)
        {
            var child = node.ChildFor(key);
            for (var i = 0; i < child; i++)
            {
                rank += node.Children[i].Size;
            }

            node = node.Children[child];
        }

        return rank + node.LowerBound(key, out _);
    }
}
