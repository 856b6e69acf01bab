using Ikada.Primitives;
using Ikada.Replica;
using Microsoft.Extensions.Logging;

namespace Ikada.Node;

/// <summary>What the node logs of snapshots. Ids 130 to 149; never reuse one. Next free: 139.</summary>
internal static partial class SnapshotLog
{
    public static void Tell(ILogger logger, NodeId node, in SnapshotFact fact)
    {
        var milliseconds = (long)fact.Took.TotalMilliseconds;
        switch (fact.Kind)
        {
            case SnapshotFactKind.Taken:
                Taken(logger, node, fact.Position, fact.Bytes, milliseconds);
                break;
            case SnapshotFactKind.Sent:
                Sent(logger, node, fact.Position, fact.Bytes, fact.Peer, fact.BytesMoved, milliseconds);
                break;
            case SnapshotFactKind.Received:
                Received(logger, node, fact.Position, fact.Bytes, fact.Peer, fact.BytesMoved, milliseconds);
                break;
            case SnapshotFactKind.Installed:
                Installed(logger, node, fact.Position, milliseconds);
                break;
            case SnapshotFactKind.LogCompacted:
                Compacted(logger, node, fact.Position, fact.Bytes);
                break;
            case SnapshotFactKind.StateMissing:
                StateMissing(logger, node, fact.Position);
                break;
            default:
                Failed(logger, node, fact.Position, fact.Reason);
                break;
        }
    }

    [LoggerMessage(137, LogLevel.Information,
        "Node {Node} starts from the snapshot of {Position}; completed an install: {IsInstallCompleted}")]
    public static partial void Restored(
        ILogger logger, NodeId node, LogPosition position, bool isInstallCompleted);

    [LoggerMessage(138, LogLevel.Warning,
        "Node {Node}: the snapshot {File} is damaged from offset {Offset} to {End} and set aside: {What}")]
    public static partial void Damaged(
        ILogger logger, NodeId node, string file, long offset, long end, string what);

    [LoggerMessage(130, LogLevel.Information,
        "Node {Node} took the snapshot of {Position}: {Bytes} bytes in {Milliseconds} ms")]
    private static partial void Taken(
        ILogger logger, NodeId node, LogPosition position, long bytes, long milliseconds);

    [LoggerMessage(131, LogLevel.Information,
        "Node {Node} sent the snapshot of {Position}, {Bytes} bytes, to {Peer}: {Moved} bytes in "
        + "{Milliseconds} ms")]
    private static partial void Sent(
        ILogger logger, NodeId node, LogPosition position, long bytes, NodeId peer, long moved,
        long milliseconds);

    [LoggerMessage(132, LogLevel.Information,
        "Node {Node} received the snapshot of {Position}, {Bytes} bytes, from {Peer}: {Moved} bytes in "
        + "{Milliseconds} ms")]
    private static partial void Received(
        ILogger logger, NodeId node, LogPosition position, long bytes, NodeId peer, long moved,
        long milliseconds);

    [LoggerMessage(133, LogLevel.Information,
        "Node {Node} has installed the snapshot of {Position} in {Milliseconds} ms")]
    private static partial void Installed(
        ILogger logger, NodeId node, LogPosition position, long milliseconds);

    [LoggerMessage(134, LogLevel.Information,
        "Node {Node}: the log starts after {Position}; {Bytes} bytes of entries are forgotten")]
    private static partial void Compacted(ILogger logger, NodeId node, LogPosition position, long bytes);

    [LoggerMessage(135, LogLevel.Error,
        "Node {Node}: the snapshot of {Position} failed; it is tried again: {Reason}")]
    private static partial void Failed(ILogger logger, NodeId node, LogPosition position, string? reason);

    [LoggerMessage(136, LogLevel.Error,
        "Node {Node}: no good snapshot holds the state before {Position}, where the log starts; it serves no "
        + "reads and asks the others for theirs")]
    private static partial void StateMissing(ILogger logger, NodeId node, LogPosition position);
}
