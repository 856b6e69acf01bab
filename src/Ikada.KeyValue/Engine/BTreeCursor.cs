namespace Ikada.KeyValue;

/// <summary>Walks a tree's leaves in order, by the path from the root to where it stands.</summary>
internal sealed class BTreeCursor(BTreeNode root) : IOrderedCursor
{
    // 32 children a node at least half full hold 2^32 entries in 8 levels; sparse trees are a little deeper.
    private const int InitialDepth = 8;
    private BTreeNode[] _nodes = new BTreeNode[InitialDepth];
    private int[] _positions = new int[InitialDepth];
    private int _depth;

    public ReadOnlyMemory<byte> Key => _nodes[_depth].Keys[_positions[_depth]];

    public ReadOnlyMemory<byte> Value => _nodes[_depth].Values[_positions[_depth]];

    public bool Seek(ReadOnlySpan<byte> from)
    {
        _depth = 0;
        var node = root;
        while (!node.IsLeaf)
        {
            var child = node.ChildFor(from);
            Set(node, child);
            node = node.Children[child];
            _depth++;
        }

        Set(node, node.LowerBound(from, out _));
        return _positions[_depth] < node.Count || NextLeaf();
    }

    public bool MoveNext() => ++_positions[_depth] < _nodes[_depth].Count || NextLeaf();

    private bool NextLeaf()
    {
        var level = _depth - 1;
        while (level >= 0 && _positions[level] + 1 >= _nodes[level].Count)
        {
            level--;
        }

        if (level < 0)
        {
            return false;
        }

        var node = _nodes[level].Children[++_positions[level]];
        _depth = level + 1;
        while (!node.IsLeaf)
        {
            Set(node, 0);
            node = node.Children[0];
            _depth++;
        }

        Set(node, 0);
        return true;
    }

    private void Set(BTreeNode node, int position)
    {
        if (_depth == _nodes.Length)
        {
            Array.Resize(ref _nodes, _depth * 2);
            Array.Resize(ref _positions, _depth * 2);
        }

        _nodes[_depth] = node;
        _positions[_depth] = position;
    }
}
