using Ikada.Primitives;

namespace Ikada.Wire;

/// <summary>
/// Whom to speak with. Both ends check the other's greeting by the same rules, and a refusal names what was
/// found and what was expected, for both logs. Not thread-safe.
/// </summary>
/// <param name="self">Who judges.</param>
/// <param name="cluster">The cluster it belongs to.</param>
public sealed class Handshake(FrameSender self, ClusterId cluster)
{
    /// <summary>So many incarnations of one member are remembered; a member gets another only by losing its
    /// directory.</summary>
    private const int IncarnationsMax = 16;

    private readonly HashSet<NodeId> _members = [];
    private readonly Dictionary<NodeId, List<(Incarnation Incarnation, StartCount Highest)>> _seen = [];

    /// <summary>From now on these are known, and no others.</summary>
    public void SetMembers(IEnumerable<NodeId> members)
    {
        _members.Clear();
        _members.UnionWith(members);
    }

    /// <summary>The highest start seen of a directory; 0: none.</summary>
    public StartCount HighestOf(NodeId node, Incarnation incarnation)
    {
        if (_seen.TryGetValue(node, out var incarnations))
        {
            foreach (var one in incarnations)
            {
                if (one.Incarnation == incarnation)
                {
                    return one.Highest;
                }
            }
        }

        return default;
    }

    /// <summary>Judges a greeting; null if it is welcome. A welcome start count is remembered.</summary>
    public Rejection? Judge(in FrameHeader header, in Greeting greeting)
    {
        var sender = header.Sender;
        return WireFormat.Versions.HighestCommon(greeting.Versions) is null
            ? new Rejection(
                RejectReason.UnsupportedVersion,
                $"node {sender.Node} speaks {greeting.Versions}; "
                + $"node {self.Node} speaks {WireFormat.Versions}: run a newer Ikada on the older of the two")
            : greeting.Cluster != cluster
            ? new Rejection(
                RejectReason.WrongCluster,
                $"node {sender.Node} belongs to cluster {greeting.Cluster}; "
                + $"node {self.Node} belongs to cluster {cluster}: one of the two has the address or the "
                + "data directory of another cluster")
            : header.To != self.Node
            ? new Rejection(
                RejectReason.WrongTarget,
                $"node {sender.Node} means node {header.To}; this is node {self.Node}: correct the "
                + $"address of node {header.To}, or the data directory here")
            : !_members.Contains(sender.Node)
            ? new Rejection(
                RejectReason.UnknownMember,
                $"node {sender.Node} is not among the members that node {self.Node} knows: add it to the "
                + "cluster, or stop it if it was removed")
            : JudgeStart(sender);
    }

    private Rejection? JudgeStart(FrameSender sender)
    {
        if (!_seen.TryGetValue(sender.Node, out var incarnations))
        {
            _seen.Add(sender.Node, incarnations = []);
        }

        var at = incarnations.FindIndex(one => one.Incarnation == sender.Incarnation);
        if (at >= 0 && sender.StartCount < incarnations[at].Highest)
        {
            return new Rejection(
                RejectReason.StaleStartCount,
                $"node {sender.Node} of incarnation {sender.Incarnation} "
                + $"reports start {sender.StartCount}; "
                + $"node {self.Node} has seen start {incarnations[at].Highest} of it: "
                + "its directory was copied or rolled back. Stop the copy; a node that was rolled back must "
                + "rejoin with an empty directory");
        }

        if (at >= 0)
        {
            incarnations.RemoveAt(at);
        }
        else if (incarnations.Count == IncarnationsMax)
        {
            incarnations.RemoveAt(0);
        }

        incarnations.Add((sender.Incarnation, sender.StartCount));
        return null;
    }
}
