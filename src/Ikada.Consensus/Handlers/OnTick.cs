using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>Time has passed: heartbeats and check-quorum of a leader, the election timeout of the others
/// (§5.2).</summary>
internal static class OnTick
{
    public static void Handle(ConsensusState state)
    {
        if (state.Quiescence.IsAsleep)
        {
            return;
        }

        var leadership = state.Leadership;
        if (state.Role != Role.Leader)
        {
            leadership.Transfer.Watch.Tick();
            if (state.Now >= state.ElectionDeadline)
            {
                state.Election.StartPreVote();
            }

            return;
        }

        leadership.Transfer.Tick();
        if (state.Now < leadership.Rounds.Deadline)
        {
            return;
        }

        if (!leadership.Rounds.HearsQuorum())
        {
            // It could commit nothing, and clients should look elsewhere (check-quorum, diss. §6.2).
            state.Effects.Observe(Fact.QuorumLost);
            state.BecomeFollower(state.Term, NodeId.None);
        }
        else if (state.DiskWatch.IsStuck && !state.Space.IsFull && HasOtherVoters(state))
        {
            GiveWay(state);
        }
        else if (!state.Quiescence.TryFallAsleep())
        {
            leadership.Rounds.Start();
            leadership.Transfer.HeartbeatDue();
        }
    }

    /// <summary>
    /// The own disk is stuck. What is appended may commit through the others, but nothing of this node's is
    /// durable,
    /// and clients see a leader that answers ever more slowly or never. So it sends no more heartbeats and
    /// hands
    /// over, which needs no disk. If nobody can take over, it just steps down.
    /// </summary>
    private static void GiveWay(ConsensusState state)
    {
        var leadership = state.Leadership;
        if (!state.DiskWatch.HasGivenWay)
        {
            state.DiskWatch.HasGivenWay = true;
            state.Effects.Observe(Fact.DiskStuck);
            leadership.Transfer.TryLeave();
        }

        if (!leadership.Transfer.IsUnderWay)
        {
            state.BecomeFollower(state.Term, NodeId.None);
            return;
        }

        leadership.Rounds.Skip();
        leadership.Transfer.HeartbeatDue();
    }

    // Nobody could take over from a lone voter: it goes on when its disk does.
    private static bool HasOtherVoters(ConsensusState state)
    {
        var membership = state.Log.Membership;
        return membership.IsJoint || membership.Voters.Length > 1 || !membership.IsVoter(state.Self);
    }
}
