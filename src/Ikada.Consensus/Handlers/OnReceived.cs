using System.Diagnostics;
using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>The rules on terms that hold for every message (§5.1), then on to the handler of its
/// type.</summary>
internal static class OnReceived
{
    public static void Handle(ConsensusState state, in Message message, ReadOnlySpan<EntryHeader> entries)
    {
        if (message.Term > state.Term && !TakesHigherTerm(state, message))
        {
            return;
        }

        if (message.Term < state.Term && IsStale(state, message))
        {
            return;
        }

        if (state.Role == Role.Leader && state.Leadership.Find(message.From) is { } peer)
        {
            peer.LastHeard = state.Now;
        }

        switch (message.Type)
        {
            case MessageType.PreVote:
                OnPreVote.Handle(state, message);
                break;
            case MessageType.PreVoteReply:
                OnVoteReply.HandlePreVote(state, message);
                break;
            case MessageType.Vote:
                OnVote.Handle(state, message);
                break;
            case MessageType.VoteReply:
                OnVoteReply.Handle(state, message);
                break;
            case MessageType.Append:
                OnAppend.Handle(state, message, entries);
                break;
            case MessageType.AppendReply:
                OnAppendReply.Handle(state, message);
                break;
            case MessageType.Heartbeat:
                OnHeartbeat.Handle(state, message);
                break;
            case MessageType.HeartbeatReply:
                OnHeartbeatReply.Handle(state, message);
                break;
            default:
                // Forwarding is the replica's business.
                throw new UnreachableException($"message of type {message.Type}");
        }
    }

    // Returns whether the message is to be handled further.
    private static bool TakesHigherTerm(ConsensusState state, in Message message)
    {
        switch (message.Type)
        {
            case MessageType.PreVote:
            case MessageType.PreVoteReply when !message.Reject:
                // They speak of a term nobody has yet (diss. §9.6).
                return true;
            case MessageType.Vote when state.HasLivingLeader:
                // A node that merely missed heartbeats must not depose a leader that others hear (diss.
                // §4.2.3).
                return false;
            default:
                var fromLeader = message.Type is MessageType.Append or MessageType.Heartbeat;
                state.BecomeFollower(message.Term, fromLeader ? message.From : NodeId.None);
                return true;
        }
    }

    // Returns whether the message is done with. A lower term is ignored or refused with ours (§5.1).
    private static bool IsStale(ConsensusState state, in Message message)
    {
        switch (message.Type)
        {
            case MessageType.PreVote:
            case MessageType.Vote:
                return false;
            case MessageType.Append:
            case MessageType.Heartbeat:
                // Tell a leader that was superseded: with pre-vote nobody else may (diss. §9.6), and a node
                // that is stuck in a higher term comes back this way.
                state.Outbox.Send(new Message
                {
                    Type = message.Type == MessageType.Append ? MessageType.AppendReply
                        : MessageType.HeartbeatReply,
                    From = state.Self, To = message.From, Term = state.Term, Reject = true,
                });
                return true;
            default:
                return true;
        }
    }
}
