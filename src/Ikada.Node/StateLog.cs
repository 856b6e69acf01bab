using Ikada.Primitives;
using Ikada.Replica;
using Microsoft.Extensions.Logging;

namespace Ikada.Node;

/// <summary>What the node logs of the comparison of states. Ids 150 to 169; never reuse one. Next free: 162.
/// </summary>
internal static partial class StateLog
{
    public static void Tell(ILogger logger, NodeId node, in StateFact fact)
    {
        switch (fact.Kind)
        {
            case StateFactKind.Quarantined when fact.Reason is not null:
                QuarantinedUnreadable(logger, node, fact.Differs, fact.Reason);
                break;
            case StateFactKind.Quarantined when fact.IsStored:
                QuarantinedStored(logger, node, fact.Agreed, fact.Differs);
                break;
            case StateFactKind.MemberDiffers when fact.IsStored:
                MemberHasStoredOther(logger, node, fact.Peer, fact.Agreed, fact.Differs);
                break;
            case StateFactKind.Scrubbed:
                Scrubbed(logger, node, fact.Differs, fact.Bytes, (long)fact.Took.TotalMilliseconds);
                break;
            case StateFactKind.Unreadable:
                Unreadable(logger, node, fact.Differs, fact.Reason!);
                break;
            case StateFactKind.StoresCompared:
                StoresCompared(logger, node, fact.Members, fact.Differs, fact.OddMembers);
                break;
            case StateFactKind.Quarantined:
                Quarantined(logger, node, fact.Agreed, fact.Differs);
                break;
            case StateFactKind.StillQuarantined:
                StillQuarantined(logger, node);
                break;
            case StateFactKind.Rebuilt:
                Rebuilt(logger, node, fact.Agreed);
                break;
            case StateFactKind.MemberDiffers:
                MemberDiffers(logger, node, fact.Peer, fact.Agreed, fact.Differs);
                break;
            case StateFactKind.Disputed:
                Disputed(logger, node, fact.Agreed, fact.Differs);
                break;
            default:
                Settled(logger, node, fact.Agreed);
                break;
        }
    }

    [LoggerMessage(150, LogLevel.Critical,
        "Node {Node}: its state differs from that of the majority, first somewhere after index {Agreed} and "
        + "up to {Differs}. It serves no reads and gives no snapshot until it has taken over the state of "
        + "the leader, which it does by itself. Look for failing memory or a failing disk, and for another "
        + "version of the program on this node")]
    private static partial void Quarantined(ILogger logger, NodeId node, LogIndex agreed, LogIndex differs);

    [LoggerMessage(151, LogLevel.Error,
        "Node {Node} was quarantined when it was stopped, since its state differed from that of the "
        + "majority: it serves no reads until it has taken over the state of the leader")]
    private static partial void StillQuarantined(ILogger logger, NodeId node);

    [LoggerMessage(152, LogLevel.Warning,
        "Node {Node} has taken over the state of the majority as of {Position}; it serves reads again")]
    private static partial void Rebuilt(ILogger logger, NodeId node, LogIndex position);

    [LoggerMessage(153, LogLevel.Error,
        "Node {Node}: the state of {Peer} differs from that of the majority, first somewhere after index "
        + "{Agreed} and up to {Differs}; it is told to take over the majority's")]
    private static partial void MemberDiffers(
        ILogger logger, NodeId node, NodeId peer, LogIndex agreed, LogIndex differs);

    [LoggerMessage(154, LogLevel.Critical,
        "Node {Node}: no majority of the voters holds one state at index {Differs}; they were last known to "
        + "agree at {Agreed}. Nothing is rebuilt, since nobody can tell who is right: compare the members' "
        + "data, restore a backup or replace the members that are wrong")]
    private static partial void Disputed(ILogger logger, NodeId node, LogIndex agreed, LogIndex differs);

    [LoggerMessage(155, LogLevel.Information,
        "Node {Node}: a majority of the voters holds one state again, as of {Position}")]
    private static partial void Settled(ILogger logger, NodeId node, LogIndex position);

    [LoggerMessage(156, LogLevel.Critical,
        "Node {Node}: what its state machine has stored differs from what the majority has, at index "
        + "{Differs}; it was last found equal at {Agreed}. Its effects were right, so stored bytes have "
        + "changed. It serves no reads and gives no snapshot until it has taken over the state of the "
        + "leader, which it does by itself. Look for a failing disk or failing memory on this node")]
    private static partial void QuarantinedStored(
        ILogger logger, NodeId node, LogIndex agreed, LogIndex differs);

    [LoggerMessage(157, LogLevel.Critical,
        "Node {Node}: its state machine cannot read all that it has stored, as of index {Differs}: {Reason}. "
        + "It serves no reads and gives no snapshot until it has taken over the state of the leader, which "
        + "it does by itself. Look for a failing disk on this node")]
    private static partial void QuarantinedUnreadable(
        ILogger logger, NodeId node, LogIndex differs, string reason);

    [LoggerMessage(158, LogLevel.Error,
        "Node {Node}: what {Peer} has stored at index {Differs} differs from what the majority has, or "
        + "cannot be read; it was last found equal at {Agreed}. It takes over the majority's state")]
    private static partial void MemberHasStoredOther(
        ILogger logger, NodeId node, NodeId peer, LogIndex agreed, LogIndex differs);

    [LoggerMessage(159, LogLevel.Debug,
        "Node {Node} has read all that its state machine has stored, as of index {Position}: {Bytes} bytes "
        + "in {Milliseconds} ms")]
    private static partial void Scrubbed(
        ILogger logger, NodeId node, LogIndex position, long bytes, long milliseconds);

    [LoggerMessage(160, LogLevel.Error,
        "Node {Node}: its state machine cannot read all that it has stored, as of index {Position}: "
        + "{Reason}. If it is the only voter nobody else has the state: restore a backup, on another disk")]
    private static partial void Unreadable(ILogger logger, NodeId node, LogIndex position, string reason);

    [LoggerMessage(161, LogLevel.Information,
        "Node {Node}: what {Members} members have stored at index {Position} was compared; {Odd} differ")]
    private static partial void StoresCompared(
        ILogger logger, NodeId node, int members, LogIndex position, int odd);
}
