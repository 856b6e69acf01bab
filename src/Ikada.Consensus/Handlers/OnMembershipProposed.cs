namespace Ikada.Consensus.Handlers;

/// <summary>Somebody wants the membership or settings changed (§6, diss. §4): one change at a time, by the
/// leader, in force once appended.</summary>
internal static class OnMembershipProposed
{
    public static void Handle(ConsensusState state, MembershipChange change)
    {
        var refusal = WhyNot(state);
        if (refusal != Refusal.None)
        {
            Refuse(state, refusal);
            return;
        }

        if (change.Lease is { } lease && Lease.Validate(lease, state.Options) is { } wrong)
        {
            Refuse(state, Refusal.MembershipInvalid, wrong);
            return;
        }

        // Of two that were judged by the same members the second may not be made: it has to be judged again.
        if (change.Expected is { } expected && expected != state.Log.Membership.Fingerprint())
        {
            Refuse(
                state, Refusal.MembershipMoved,
                $"the change was judged by other members than those in force ({state.Log.Membership})");
            return;
        }

        var result = MembershipArithmetic.Apply(state.Log.Membership, change);
        if (result.Membership is not { } to)
        {
            Refuse(state, Refusal.MembershipInvalid, result.Error);
            return;
        }

        if (FindAlive(state, change) is { } alive)
        {
            Refuse(state, Refusal.MemberIsAlive, alive);
            return;
        }

        if (FindUnready(state, change) is { } unready)
        {
            Refuse(state, Refusal.LearnerNotReady, unready);
            return;
        }

        var index = state.Log.Last.Index.Next;
        state.Effects.Add(new Effect
        {
            Kind = EffectKind.AcceptProposal, First = index, Last = index, Term = state.Term,
        });
        state.Leadership.Reconfiguration.Change(to);
        state.Leadership.Replicate();
        // Fewer voters, smaller majorities: what waited may be committed, and confirmed, now.
        state.Leadership.AdvanceCommit();
        state.Leadership.Reads.RoundsConfirmed();
    }

    private static Refusal WhyNot(ConsensusState state) =>
        state.Role != Role.Leader ? state.Leader.IsNone ? Refusal.NoLeader : Refusal.NotLeader
        : state.Leadership.Transfer.IsUnderWay ? Refusal.Transferring
        : state.Leadership.Reconfiguration.IsPending ? Refusal.MembershipChangePending
        : Refusal.None;

    // Only messages of the bound incarnation count as heard. A new leader must listen for as long first.
    private static string? FindAlive(ConsensusState state, MembershipChange change)
    {
        foreach (var member in change.Members)
        {
            if (member.OnlyIfSilent && state.Log.Membership.Find(member.Id) is { Incarnation: not null }
                && (member.Id == state.Self || (state.Leadership.Find(member.Id) is { } peer
                    && state.Now - peer.LastHeard < state.Options.ElectionTimeout)))
            {
                return $"member {member.Id} has been heard within an election timeout";
            }
        }

        return null;
    }

    // A learner that is promoted before it has caught up can leave the group unable to commit until it has
    // (diss. §4.2.1). One that is in touch and near the end will have by the time the change is committed.
    private static string? FindUnready(ConsensusState state, MembershipChange change)
    {
        foreach (var member in change.Members)
        {
            if (member.Kind != MemberChangeKind.Voter || !state.Log.Membership.IsLearner(member.Id))
            {
                continue;
            }

            var peer = state.Leadership.Find(member.Id);
            if (peer is null || state.Now - peer.LastHeard >= state.Options.ElectionTimeout)
            {
                return $"learner {member.Id} has not been heard for an election timeout: start its node";
            }

            var lag = state.Log.Last.Index - peer.Match;
            if (peer.Match.Value == 0 || lag > (ulong)state.Options.PromotionLagEntriesMax)
            {
                return $"learner {member.Id} has {peer.Match} of {state.Log.Last.Index} entries and may lag "
                    + $"behind by {state.Options.PromotionLagEntriesMax}: try again later";
            }
        }

        return null;
    }

    private static void Refuse(ConsensusState state, Refusal refusal, string? reason = null) =>
        state.Effects.Add(new Effect
        {
            Kind = EffectKind.RefuseProposal, Refusal = refusal, Leader = state.Leader, Reason = reason,
        });
}
