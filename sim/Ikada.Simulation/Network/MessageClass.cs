using Ikada.Consensus;

namespace Ikada.Simulation.Network;

/// <summary>The messages that can be lost by their type while all others pass.</summary>
internal enum MessageClass
{
    /// <summary>Requests for votes, also those before an election.</summary>
    Votes = 0,

    VoteReplies,
    Appends,
    AppendReplies,
    Heartbeats,
    HeartbeatReplies,

    /// <summary>What clients asked of a node that does not lead.</summary>
    Forwards,

    ForwardReplies,
    Snapshots,

    /// <summary>Questions and answers about damaged logs.</summary>
    Repairs,
}

/// <summary>Which types belong to a class.</summary>
internal static class MessageClasses
{
    public const int Count = (int)MessageClass.Repairs + 1;

    /// <summary>The types as a set: bit n stands for the type of number n.</summary>
    public static ulong TypesOf(MessageClass one) => one switch
    {
        MessageClass.Votes => Set(MessageType.PreVote, MessageType.Vote),
        MessageClass.VoteReplies => Set(MessageType.PreVoteReply, MessageType.VoteReply),
        MessageClass.Appends => Set(MessageType.Append),
        MessageClass.AppendReplies => Set(MessageType.AppendReply),
        MessageClass.Heartbeats => Set(MessageType.Heartbeat),
        MessageClass.HeartbeatReplies => Set(MessageType.HeartbeatReply),
        MessageClass.Forwards => Set(MessageType.ForwardProposal, MessageType.ForwardRead),
        MessageClass.ForwardReplies =>
            Set(MessageType.ForwardProposalReply, MessageType.ForwardReadReply),
        MessageClass.Snapshots => Set(
            MessageType.SnapshotOffer, MessageType.SnapshotAnswer, MessageType.SnapshotPiece,
            MessageType.SnapshotRequest),
        _ => Set(
            MessageType.LastPositionRequest, MessageType.LastPositionReply, MessageType.EntryRequest,
            MessageType.EntryReply, MessageType.StateVerdict, MessageType.StateScrub,
            MessageType.StateScrubbed),
    };

    private static ulong Set(params ReadOnlySpan<MessageType> types)
    {
        var set = 0UL;
        foreach (var type in types)
        {
            set |= 1UL << (int)type;
        }

        return set;
    }
}
