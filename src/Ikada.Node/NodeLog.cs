using Ikada.Consensus;
using Ikada.Primitives;
using Microsoft.Extensions.Logging;

namespace Ikada.Node;

/// <summary>What the node logs. Ids 100 to 199; never reuse one. Next free: 122.</summary>
internal static partial class NodeLog
{
    [LoggerMessage(100, LogLevel.Information,
        "Node {Node} of cluster {Cluster}: incarnation {Incarnation}, start {StartCount}, log to {Last}")]
    public static partial void Starting(
        ILogger logger,
        NodeId node,
        ClusterId cluster,
        Incarnation incarnation,
        StartCount startCount,
        LogPosition last);

    [LoggerMessage(101, LogLevel.Information, "Node {Node} is {Role} in term {Term}, leader {Leader}")]
    public static partial void RoleChanged(ILogger logger, NodeId node, Role role, Term term, NodeId leader);

    [LoggerMessage(102, LogLevel.Information, "Node {Node} lost the connection of {Peer}")]
    public static partial void ConnectionLost(ILogger logger, NodeId node, NodeId peer);

    [LoggerMessage(103, LogLevel.Critical, "Node {Node} stops: {Reason}")]
    public static partial void Fatal(ILogger logger, NodeId node, string reason, Exception? error);

    [LoggerMessage(104, LogLevel.Information, "Node {Node} has stopped, its log is sealed")]
    public static partial void Stopped(ILogger logger, NodeId node);

    [LoggerMessage(105, LogLevel.Warning,
        "Node {Node} has stopped; its log was not sealed in {Milliseconds} ms, the next start recovers it")]
    public static partial void StoppedUnsealed(ILogger logger, NodeId node, double milliseconds);

    [LoggerMessage(106, LogLevel.Warning,
        "Node {Node} received a message of group {Group} from {Peer}, which is not open here; no more is "
        + "said of such messages for a second")]
    public static partial void UnknownGroup(ILogger logger, NodeId node, GroupId group, NodeId peer);

    [LoggerMessage(107, LogLevel.Information, "Node {Node}: the queue to {Peer} is full")]
    public static partial void PeerCongested(ILogger logger, NodeId node, NodeId peer);

    [LoggerMessage(108, LogLevel.Error, "Node {Node}: closing the transport failed")]
    public static partial void TransportCloseFailed(ILogger logger, NodeId node, Exception error);

    [LoggerMessage(111, LogLevel.Warning,
        "Node {Node}: {File} is damaged from offset {Offset} to {End}: {What}")]
    public static partial void LogDamaged(
        ILogger logger, NodeId node, string file, long offset, long end, string what);

    [LoggerMessage(112, LogLevel.Warning,
        "Node {Node}: entries {First} to {Last} of group {Group} (term {Term}; 0: lost) cannot be read; they "
        + "are served to nobody until other members have given them back. {Remedy}")]
    public static partial void EntriesDamaged(
        ILogger logger, NodeId node, GroupId group, LogIndex first, LogIndex last, Term term, string remedy);

    [LoggerMessage(113, LogLevel.Warning,
        "Node {Node}: entries that were acknowledged may be missing behind {Last}; it neither votes nor "
        + "campaigns until the others have told where they end")]
    public static partial void LogUnsure(ILogger logger, NodeId node, LogPosition last);

    [LoggerMessage(109, LogLevel.Warning, "Node {Node} observes {Fact} ({Peer})")]
    public static partial void Observed(ILogger logger, NodeId node, Fact fact, NodeId peer);

    [LoggerMessage(110, LogLevel.Information,
        "Node {Node} stops and hands over leadership: {Outcome}, leader {Leader}")]
    public static partial void HandedOver(
        ILogger logger, NodeId node, TransferOutcome outcome, NodeId leader);

    [LoggerMessage(114, LogLevel.Critical,
        "Node {Node}: the directory starts over as incarnation {Incarnation}; the old log is kept aside")]
    public static partial void StartedOver(ILogger logger, NodeId node, Incarnation incarnation);

    [LoggerMessage(115, LogLevel.Error,
        "Node {Node}: the disk has no space for the next segment of the log. It takes no writes, votes and "
        + "serves reads, and goes on by itself when there is space: free some, or enlarge the disk")]
    public static partial void SpaceExhausted(ILogger logger, NodeId node);

    [LoggerMessage(116, LogLevel.Information, "Node {Node}: the log has space again, and takes writes")]
    public static partial void SpaceRegained(ILogger logger, NodeId node);

    [LoggerMessage(117, LogLevel.Debug, "Node {Node}: the group is {Fact}")]
    public static partial void Slept(ILogger logger, NodeId node, Fact fact);

    [LoggerMessage(118, LogLevel.Information, "Node {Node} opens the group {Group}, log to {Last}")]
    public static partial void GroupOpened(ILogger logger, NodeId node, GroupId group, LogPosition last);

    [LoggerMessage(119, LogLevel.Information, "Node {Node} has closed the group {Group}")]
    public static partial void GroupClosed(ILogger logger, NodeId node, GroupId group);

    [LoggerMessage(120, LogLevel.Warning,
        "Node {Node} has heard nothing of the process of {Peer} for an election timeout")]
    public static partial void HostSilent(ILogger logger, NodeId node, NodeId peer);

    [LoggerMessage(121, LogLevel.Warning,
        "Node {Node}: the garbage collector stopped the process for {Milliseconds} ms, more than half the "
        + "heartbeat interval ({Heartbeat} ms). Longer ones cost leaders their place: see "
        + "docs/operate/collector.md")]
    public static partial void LongCollection(
        ILogger logger, NodeId node, double milliseconds, double heartbeat);
}
