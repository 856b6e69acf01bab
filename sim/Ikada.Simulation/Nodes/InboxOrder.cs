namespace Ikada.Simulation.Nodes;

/// <summary>Sockets and queues are emptied in any order: what each source sent stays in its order, the
/// sources do not.</summary>
internal static class InboxOrder
{
    /// <summary>Puts what came from one peer (-1: from the node itself) in front of all else.</summary>
    public static void Mix(List<NodeInput> inbox, int first)
    {
        var mixed = new List<NodeInput>(inbox.Count);
        mixed.AddRange(inbox.FindAll(input => input.Peer == first));
        mixed.AddRange(inbox.FindAll(input => input.Peer != first));
        inbox.Clear();
        inbox.AddRange(mixed);
    }
}
