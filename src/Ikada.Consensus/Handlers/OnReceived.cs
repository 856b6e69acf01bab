using System.Diagnostics;
using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>The rules on terms that hold for every message (§5.1), then on to the handler of its
/// type.</summary>
internal static class OnReceived
{
    public static void Handle(
        ConsensusState state, in Message message, ReadOnlySpan<EntryHeader> entries, PeerIdentity sender)
    {
        if (!Admits(state, message, sender))
        {
            return;
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
                HandleRare(state, message, entries);
                break;
        }
    }

    public static void HandleSnapshot(
        ConsensusState state, in Message message, Membership membership, PeerIdentity sender)
    {
        if (message.Term == default || Admits(state, message, sender))
        {
            OnSnapshot.Received(state, message, membership);
        }
        else
        {
            OnSnapshot.Drop(state);
        }
    }

    private static void HandleRare(
        ConsensusState state, in Message message, ReadOnlySpan<EntryHeader> entries)
    {
        switch (message.Type)
        {
            case MessageType.TimeoutNow:
                OnTimeoutNow.Handle(state, message);
                break;
            case MessageType.TransferRequest:
                OnTransferRequested.HandleForwarded(state, message);
                break;
            case MessageType.LastPositionRequest:
                OnLastPosition.Asked(state, message);
                break;
            case MessageType.LastPositionReply:
                OnLastPosition.Told(state, message);
                break;
            case MessageType.EntryRequest:
                OnEntry.Asked(state, message);
                break;
            case MessageType.EntryReply:
                OnEntry.Got(state, message, entries);
                break;
            case MessageType.Quiesce:
                OnQuiesce.Handle(state, message);
                break;
            case MessageType.Wake:
                OnQuiesce.Wake(state, message);
                break;
            default:
                // Forwarding is the replica's business.
                throw new UnreachableException($"message of type {message.Type}");
        }
    }

    // The rules that come before all others: who speaks, and in which term.
    private static bool Admits(ConsensusState state, in Message message, PeerIdentity sender)
    {
        if (!state.Identities.Admits(message, sender))
        {
            return false;
        }

        if (message.Term > state.Term && !TakesHigherTerm(state, message))
        {
            return false;
        }

        if (message.Term < state.Term && IsStale(state, message))
        {
            return false;
        }

        if (state.Role == Role.Leader && state.Leadership.Find(message.From) is { } peer)
        {
            peer.LastHeard = state.Now;
            state.Identities.Heard(peer.Id, sender);
        }

        return true;
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
            case MessageType.LastPositionRequest:
            case MessageType.LastPositionReply:
            case MessageType.EntryRequest:
            case MessageType.EntryReply:
                // About the log only: whoever asks leads nobody into a new term.
                return true;
            case MessageType.Vote when state.Voting.LeaderStandsAgainst(message):
                // A node that merely missed heartbeats must not depose a leader that others hear (diss.
                // §4.2.3).
                return false;
            default:
                var fromLeader = message.Type is MessageType.Append or MessageType.Heartbeat
                    or MessageType.InstallSnapshot or MessageType.TimeoutNow or MessageType.Quiesce;
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
            case MessageType.LastPositionRequest:
            case MessageType.LastPositionReply:
            case MessageType.EntryRequest:
            case MessageType.EntryReply:
                // Asked and answered whatever the term: they are about the log.
                return false;
            case MessageType.Append:
            case MessageType.Heartbeat:
            case MessageType.InstallSnapshot:
                // Tell a leader that was superseded: with pre-vote nobody else may (diss. §9.6), and a node
                // that is stuck in a higher term comes back this way.
                state.Outbox.Send(new Message
                {
                    Type = message.Type == MessageType.Heartbeat ? MessageType.HeartbeatReply
                        : MessageType.AppendReply,
                    From = state.Self, To = message.From, Term = state.Term, Reject = true,
                });
                return true;
            default:
                return true;
        }
    }
}
