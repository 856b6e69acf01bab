using Ikada.Primitives;
using Ikada.Wire;

namespace Ikada.Transport;

/// <summary>
/// Whom to speak with. Both ends check the other's greeting by the same rules, and a refusal names what was
/// found and what was expected, for both logs.
/// </summary>
internal sealed class HandshakeRules(TransportOptions options)
{
    /// <summary>So many incarnations of one member are remembered; a member gets another only by losing its
    /// directory.</summary>
    private const int IncarnationsMax = 16;

    private readonly Lock _gate = new();
    private volatile HashSet<NodeId> _members = [];
    private readonly Dictionary<NodeId, List<(Incarnation Incarnation, StartCount Highest)>> _seen = [];

    /// <summary>From now on these are known; any thread may be judging meanwhile.</summary>
    public void SetMembers(IEnumerable<NodeId> members) => _members = [.. members];

    /// <summary>Judges a greeting; null if it is welcome. A welcome start count is remembered.</summary>
    public Rejection? Judge(in FrameHeader header, in Greeting greeting)
    {
        var sender = header.Sender;
        return greeting.VersionMin > WireFormat.Version || greeting.VersionMax < WireFormat.Version
            ? new Rejection(
                RejectReason.UnsupportedVersion,
                $"node {sender.Node} speaks format versions {greeting.VersionMin} to {greeting.VersionMax}; "
                + $"node {options.Self.Node} speaks version {WireFormat.Version}")
            : greeting.Cluster != options.Cluster
            ? new Rejection(
                RejectReason.WrongCluster,
                $"node {sender.Node} belongs to cluster {greeting.Cluster}; "
                + $"node {options.Self.Node} belongs to cluster {options.Cluster}")
            : header.To != options.Self.Node
            ? new Rejection(
                RejectReason.WrongTarget,
                $"node {sender.Node} means node {header.To}; this is node {options.Self.Node}")
            : !_members.Contains(sender.Node)
            ? new Rejection(
                RejectReason.UnknownMember,
                $"node {sender.Node} is not among the members that node {options.Self.Node} knows")
            : JudgeStart(sender);
    }

    private Rejection? JudgeStart(FrameSender sender)
    {
        lock (_gate)
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
                    + $"node {options.Self.Node} has seen start {incarnations[at].Highest} of it: "
                    + "its directory was copied or rolled back");
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
}
