using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>
/// What one node can see of Raft's safety, checked around every step in every build: terms, commit and
/// durable positions never fall where they must not, the vote of a term never changes, indexes keep their
/// order.
/// </summary>
internal sealed class StepInvariants(ConsensusState state)
{
    private Term _term;
    private NodeId _vote;
    private LogIndex _commit;
    private LogPosition _last;
    private ulong _generation;
    private bool _ledBefore;

    public void Before()
    {
        _term = state.Term;
        _vote = state.Vote;
        _commit = state.Commit;
        _last = state.Log.Last;
        _generation = state.Log.Generation;
        _ledBefore = state.Role == Role.Leader;
    }

    public void After()
    {
        Invariant.Check(state.Term >= _term, $"term fell from {_term} to {state.Term}");
        Invariant.Check(
            state.Term > _term || _vote.IsNone || state.Vote == _vote,
            $"the vote of term {state.Term} changed from {_vote} to {state.Vote}");
        Invariant.Check(state.Commit >= _commit, $"commit fell from {_commit} to {state.Commit}");
        Invariant.Check(
            state.Commit <= state.Log.Last.Index,
            $"commit {state.Commit} passed the end of the log, {state.Log.Last.Index}");
        Invariant.Check(
            state.Durable <= state.Log.Last.Index,
            $"durable {state.Durable} passed the end of the log, {state.Log.Last.Index}");
        Invariant.Check(
            state.Log.Last.Term <= state.Term,
            $"the log ends in term {state.Log.Last.Term}, above the own term {state.Term}");
        if (state.Role == Role.Leader)
        {
            CheckLeader();
        }
    }

    private void CheckLeader()
    {
        Invariant.Check(state.Leader == state.Self, $"leads term {state.Term} but follows {state.Leader}");
        Invariant.Check(
            state.Vote == state.Self, $"leads term {state.Term} but voted for {state.Vote}");
        // Leader append-only (§5.3, figure 3).
        Invariant.Check(
            !_ledBefore || (state.Log.Generation == _generation && state.Log.Last.Index >= _last.Index),
            $"a leader's log was cut from {_last} to {state.Log.Last}");
        foreach (var peer in state.Leadership.Peers)
        {
            Invariant.Check(
                peer.Match < peer.Next && peer.Match <= state.Log.Last.Index,
                $"peer {peer.Id}: match {peer.Match}, next {peer.Next}, the log ends at {state.Log.Last}");
        }
    }
}
