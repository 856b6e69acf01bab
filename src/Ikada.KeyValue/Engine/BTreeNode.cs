namespace Ikada.KeyValue;

/// <summary>
/// A node of a copy-on-write B+tree. A leaf holds keys and values; an inner node holds children, and child
/// i holds the keys from <c>Keys[i]</c> on and below <c>Keys[i + 1]</c>. <c>Keys[0]</c> of an inner node
/// stands for "anything" and is never read.
/// <para>Invariant: a node changes only while <see cref="_owner"/> is the batch at work. Once that batch
/// has committed, nobody owns the node and it is immutable: this is why readers need no lock.</para>
/// </summary>
internal sealed class BTreeNode
{
    public const int Capacity = 32;

    /// <summary>A child with fewer entries than this is merged with a neighbour if both fit.</summary>
    private const int SparseBelow = Capacity / 4;

    private readonly object? _owner;

    private BTreeNode(object? owner, bool leaf)
    {
        _owner = owner;
        Keys = new byte[Capacity][];
        Values = leaf ? new byte[Capacity][] : [];
        Children = leaf ? [] : new BTreeNode[Capacity];
        IsLeaf = leaf;
    }

    public static BTreeNode EmptyLeaf { get; } = new(null, leaf: true);

    public bool IsLeaf { get; }

    public int Count { get; private set; }

    /// <summary>How many entries the leaves below hold.</summary>
    public long Size { get; private set; }

    public byte[][] Keys { get; }

    public byte[][] Values { get; }

    public BTreeNode[] Children { get; }

    /// <summary>An inner node over two halves of a split root.</summary>
    public static BTreeNode Above(object owner, BTreeNode left, BTreeNode right, byte[] separator)
    {
        var node = new BTreeNode(owner, leaf: false) { Count = 2, Size = left.Size + right.Size };
        node.Children[0] = left;
        node.Children[1] = right;
        node.Keys[1] = separator;
        return node;
    }

    /// <summary>The position of the first key at or after <paramref name="key"/> in a leaf.</summary>
    public int LowerBound(ReadOnlySpan<byte> key, out bool found)
    {
        var low = 0;
        var high = Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            var order = Keys[middle].AsSpan().SequenceCompareTo(key);
            if (order == 0)
            {
                found = true;
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle);
        }

        found = false;
        return low;
    }

    /// <summary>The child of an inner node whose range holds <paramref name="key"/>.</summary>
    public int ChildFor(ReadOnlySpan<byte> key)
    {
        var low = 1;
        var high = Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            var order = Keys[middle].AsSpan().SequenceCompareTo(key);
            (low, high) = order <= 0 ? (middle + 1, high) : (low, middle);
        }

        return low - 1;
    }

    /// <summary>This node if <paramref name="owner"/> may change it, else a copy that it may.</summary>
    public BTreeNode OwnedBy(object owner)
    {
        if (ReferenceEquals(_owner, owner))
        {
            return this;
        }

        var copy = new BTreeNode(owner, IsLeaf) { Count = Count, Size = Size };
        Array.Copy(Keys, copy.Keys, Count);
        if (IsLeaf)
        {
            Array.Copy(Values, copy.Values, Count);
        }
        else
        {
            Array.Copy(Children, copy.Children, Count);
        }

        return copy;
    }

    public void ReplaceValue(int position, byte[] value) => Values[position] = value;

    /// <summary>Inserts into a leaf that has room.</summary>
    public void InsertEntry(int position, byte[] key, byte[] value)
    {
        OpenGap(Keys, position);
        OpenGap(Values, position);
        Keys[position] = key;
        Values[position] = value;
        Count++;
        Size++;
    }

    /// <summary>Inserts into an inner node that has room. Its size already counts the child's
    /// entries.</summary>
    public void InsertChild(int position, byte[] separator, BTreeNode child)
    {
        OpenGap(Keys, position);
        OpenGap(Children, position);
        Keys[position] = separator;
        Children[position] = child;
        Count++;
    }

    /// <summary>Puts a changed child in the place of its former self.</summary>
    public void ReplaceChild(int position, BTreeNode child, long sizeChange)
    {
        Children[position] = child;
        Size += sizeChange;
    }

    public void RemoveEntry(int position)
    {
        CloseGap(Keys, position);
        CloseGap(Values, position);
        Count--;
        Size--;
    }

    public void RemoveChild(int position)
    {
        CloseGap(Keys, position);
        CloseGap(Children, position);
        Count--;
    }

    /// <summary>Moves what is from <paramref name="at"/> on into a new right neighbour.</summary>
    public BTreeNode SplitAt(object owner, int at)
    {
        var right = new BTreeNode(owner, IsLeaf);
        right.TakeFrom(this, at, Count - at);
        Array.Clear(Keys, at, Count - at);
        Array.Clear(IsLeaf ? Values : (Array)Children, at, Count - at);
        Count = at;
        Size -= right.Size;
        return right;
    }

    /// <summary>Merges child <paramref name="position"/> of this inner node with a neighbour where it has
    /// become sparse.</summary>
    public void MergeIfSparse(object owner, int position)
    {
        if (Children[position].Count >= SparseBelow || Count < 2)
        {
            return;
        }

        var left = position + 1 < Count ? position : position - 1;
        if (Children[left].Count + Children[left + 1].Count > Capacity - SparseBelow)
        {
            return;
        }

        var merged = Children[left].OwnedBy(owner);
        var start = merged.Count;
        merged.TakeFrom(Children[left + 1], 0, Children[left + 1].Count);
        if (!merged.IsLeaf)
        {
            merged.Keys[start] = Keys[left + 1];
        }

        Children[left] = merged;
        RemoveChild(left + 1);
    }

    private void TakeFrom(BTreeNode source, int from, int count)
    {
        Array.Copy(source.Keys, from, Keys, Count, count);
        if (IsLeaf)
        {
            Array.Copy(source.Values, from, Values, Count, count);
            Size += count;
        }
        else
        {
            Array.Copy(source.Children, from, Children, Count, count);
            for (var i = from; i < from + count; i++)
            {
                Size += source.Children[i].Size;
            }
        }

        Count += count;
    }

    private void OpenGap<T>(T[] items, int position) =>
        Array.Copy(items, position, items, position + 1, Count - position);

    private void CloseGap<T>(T[] items, int position)
    {
        Array.Copy(items, position + 1, items, position, Count - position - 1);
        items[Count - 1] = default!;
    }
}
