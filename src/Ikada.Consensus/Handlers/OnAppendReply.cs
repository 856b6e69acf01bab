namespace Ikada.Consensus.Handlers;

/// <summary>A follower's answer at the leader (§5.3).</summary>
internal static class OnAppendReply
{
    public static void Handle(ConsensusState state, in Message message)
    {
        if (message.Has(MessageFlags.LostLog))
        {
            OnLostLog.Handle(state, message);
            return;
        }

        if (state.Role != Role.Leader
            || state.Leadership.Find(message.From) is not { HasLostLog: false } peer)
        {
            return;
        }

        state.Space.Told(peer, message);
        if (message.Reject)
        {
            // Our own log skips the terms that the follower cannot have at its hint. Of what lies before our
            // base we know nothing.
            var hint = message.Position.Index;
            if (hint > state.Log.Base.Index)
            {
                hint = state.Log.LastNotAbove(hint, message.Position.Term).Index;
            }

            if (peer.Reject(message.End, hint))
            {
                state.Leadership.Replication.Replicate(peer);
            }

            return;
        }

        if (message.Position.Index > state.Log.Last.Index)
        {
            // It cannot hold what this leader never had: match must not pass what was verified.
            state.Effects.Observe(Fact.PeerMisbehaved, message.From);
            return;
        }

        if (state.Leadership.Replication.Acknowledge(peer, message.Position.Index))
        {
            state.Leadership.AdvanceCommit();
            if (state.Leadership.Find(message.From) != peer)
            {
                // What is committed now ended this leadership, or the sender's membership.
                return;
            }

            state.Leadership.Transfer.Acknowledged(peer);
        }

        state.Leadership.Replication.Replicate(peer);
        state.Leadership.TellCommit(peer);
    }
}
