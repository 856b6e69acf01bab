namespace Ikada.KeyValue;

/// <summary>
/// Ranges by their first key, in a balanced tree (AVL) in which each node knows where the ranges below it
/// end at the latest: all ranges that hold a key are found without looking at most of the others.
/// </summary>
internal sealed class IntervalTree
{
    private Node? _root;

    /// <summary>The group of exactly this range; made if there is none.</summary>
    public RangeGroup GetOrAdd(in KeyRange range)
    {
        RangeGroup? group = null;
        _root = Add(_root, range, ref group);
        return group!;
    }

    public void Remove(RangeGroup group) => _root = Remove(_root, group.Range);

    /// <summary>Adds the groups of all ranges that hold <paramref name="key"/>.</summary>
    public void Find(ReadOnlySpan<byte> key, List<RangeGroup> found) => Find(_root, key, found);

    private static void Find(Node? node, ReadOnlySpan<byte> key, List<RangeGroup> found)
    {
        while (node is not null && (node.ReachesEnd || key.SequenceCompareTo(node.Reach.Span) < 0))
        {
            Find(node.Left, key, found);
            if (key.SequenceCompareTo(node.Group.Range.Key.Span) < 0)
            {
                // All ranges on the right begin later still.
                return;
            }

            if (node.Group.Range.Contains(key))
            {
                found.Add(node.Group);
            }

            node = node.Right;
        }
    }

    private static Node Add(Node? node, in KeyRange range, ref RangeGroup? group)
    {
        if (node is null)
        {
            group = new RangeGroup(range);
            return new Node(group);
        }

        var order = Compare(range, node.Group.Range);
        if (order == 0)
        {
            group = node.Group;
            return node;
        }

        if (order < 0)
        {
            node.Left = Add(node.Left, range, ref group);
        }
        else
        {
            node.Right = Add(node.Right, range, ref group);
        }

        return Balanced(node);
    }

    private static Node? Remove(Node? node, in KeyRange range)
    {
        if (node is null)
        {
            return null;
        }

        var order = Compare(range, node.Group.Range);
        if (order < 0)
        {
            node.Left = Remove(node.Left, range);
        }
        else if (order > 0)
        {
            node.Right = Remove(node.Right, range);
        }
        else if (node.Left is null || node.Right is null)
        {
            return node.Left ?? node.Right;
        }
        else
        {
            node.Right = WithoutFirst(node.Right, out var next);
            next.Left = node.Left;
            next.Right = node.Right;
            node = next;
        }

        return Balanced(node);
    }

    private static Node? WithoutFirst(Node node, out Node first)
    {
        if (node.Left is null)
        {
            first = node;
            return node.Right;
        }

        node.Left = WithoutFirst(node.Left, out first);
        return Balanced(node);
    }

    private static Node Balanced(Node node)
    {
        node.Update();
        if (node.Lean > 1)
        {
            if (node.Left!.Lean < 0)
            {
                node.Left = TurnLeft(node.Left);
            }

            return TurnRight(node);
        }

        if (node.Lean < -1)
        {
            if (node.Right!.Lean > 0)
            {
                node.Right = TurnRight(node.Right);
            }

            return TurnLeft(node);
        }

        return node;
    }

    private static Node TurnRight(Node node)
    {
        var top = node.Left!;
        node.Left = top.Right;
        top.Right = node;
        node.Update();
        top.Update();
        return top;
    }

    private static Node TurnLeft(Node node)
    {
        var top = node.Right!;
        node.Right = top.Left;
        top.Left = node;
        node.Update();
        top.Update();
        return top;
    }

    private static int Compare(in KeyRange left, in KeyRange right)
    {
        var order = left.Key.Span.SequenceCompareTo(right.Key.Span);
        return order != 0 ? order : left.End.Span.SequenceCompareTo(right.End.Span);
    }

    private sealed class Node
    {
        private int _height;

        public Node(RangeGroup group)
        {
            Group = group;
            Update();
        }

        public RangeGroup Group { get; }

        public Node? Left { get; set; }

        public Node? Right { get; set; }

        /// <summary>The latest end of the ranges at and below this node, unless one reaches the last
        /// key.</summary>
        public ReadOnlyMemory<byte> Reach { get; private set; }

        public bool ReachesEnd { get; private set; }

        public int Lean => (Left?._height ?? 0) - (Right?._height ?? 0);

        public void Update()
        {
            _height = 1 + Math.Max(Left?._height ?? 0, Right?._height ?? 0);
            (Reach, ReachesEnd) = (Group.Range.End, Group.Range.IsOpen);
            Include(Left);
            Include(Right);
        }

        private void Include(Node? below)
        {
            if (below is null)
            {
                return;
            }

            ReachesEnd |= below.ReachesEnd;
            if (below.Reach.Span.SequenceCompareTo(Reach.Span) > 0)
            {
                Reach = below.Reach;
            }
        }
    }
}
