using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>
/// What one node can see of Raft's safety, checked around every step in every build, in time that grows with
/// the peers and the effects of the step, not with the log. What single calls hold by themselves is checked
/// there: terms along a log (<see cref="LogView.Append"/>), one vote a term (<see
/// cref="ConsensusState.GrantVote"/>), what is durable before a message leaves (<see cref="Outbox"/>). What
/// is applied, the host alone knows.
/// </summary>
internal sealed class StepInvariants(ConsensusState state)
{
    private Term _term;
    private NodeId _vote;
    private Role _role;
    private LogIndex _commit;
    private LogIndex _base;
    private LogPosition _last;
    private ulong _generation;
    private ulong _commands;

    /// <summary>The moves between roles that Raft knows (§5.2, figure 4).</summary>
    public static void CheckTransition(Role from, Role to, Term term)
    {
        var isLegal = to switch
        {
            Role.Follower => true,
            Role.PreCandidate or Role.Candidate => from != Role.Leader,
            Role.Leader => from == Role.Candidate,
            _ => false,
        };
        Invariant.Check(isLegal, $"a {from} does not become a {to} (term {term})");
    }

    public void Before()
    {
        _term = state.Term;
        _vote = state.Vote;
        _role = state.Role;
        _commit = state.Commit;
        _base = state.Log.Base.Index;
        _last = state.Log.Last;
        _generation = state.Log.Generation;
        _commands = state.Log.Commands;
    }

    public void After()
    {
        CheckTermAndVote();
        CheckIndexes();
        CheckSent();
        if (state.Role == Role.Leader)
        {
            CheckLeader();
        }
        else if (state.Role != Role.Follower)
        {
            Invariant.Check(
                state.Members.MayCampaign && !state.IsInstalling,
                $"a {state.Role} of term {state.Term} is no voter, or installs {state.Installing}");
        }
    }

    private void CheckTermAndVote()
    {
        Invariant.Check(state.Term >= _term, $"term fell from {_term} to {state.Term}");
        Invariant.Check(
            state.Term > _term || _vote.IsNone || state.Vote == _vote,
            $"the vote of term {state.Term} changed from {_vote} to {state.Vote}");
        var durable = state.Outbox.Durable;
        Invariant.Check(
            durable.Term <= state.Term,
            $"term {durable.Term} is on the disk, the node's own is only {state.Term}");
        Invariant.Check(
            durable.Term < state.Term || durable.Vote.IsNone || durable.Vote == state.Vote,
            $"the vote of term {state.Term} is {durable.Vote} on the disk and {state.Vote} here");
    }

    private void CheckIndexes()
    {
        var log = state.Log;
        Invariant.Check(state.Commit >= _commit, $"commit fell from {_commit} to {state.Commit}");
        Invariant.Check(
            state.Commit <= log.Last.Index, $"commit {state.Commit} passed the end of the log, {log.Last}");
        Invariant.Check(
            log.Base.Index >= _base && log.Base.Index <= state.Commit,
            $"the log's base moved from {_base} to {log.Base}, commit is {state.Commit}");
        Invariant.Check(
            state.Durable <= log.Last.Index,
            $"durable {state.Durable} passed the end of the log, {log.Last}");
        Invariant.Check(
            log.Last.Term <= state.Term,
            $"the log ends in term {log.Last.Term}, above the own term {state.Term}");
        Invariant.Check(
            !state.Space.IsFull || log.Commands == _commands,
            $"a full log took {log.Commands - _commands} commands, up to {log.Last}");
    }

    // What leaves shows only what is on the disk (ordering duties 1 and 2 of EffectKind).
    private void CheckSent()
    {
        var durable = state.Outbox.Durable;
        foreach (ref readonly var effect in state.Effects.All)
        {
            if (effect.Kind != EffectKind.Send)
            {
                continue;
            }

            var message = effect.Message;
            Invariant.Check(
                message.Term <= durable.Term || SpeaksOfAnotherTerm(message),
                $"{message.Type} to {message.To} shows term {message.Term}, on the disk is {durable.Term}");
            Invariant.Check(
                message.Type != MessageType.AppendReply || message.Reject
                    || (message.Position.Index <= state.Durable && !state.IsInstalling),
                $"{message.Position.Index} acknowledged, durable is {state.Durable},"
                    + $" installing {state.Installing}");
            Invariant.Check(
                message.Type != MessageType.VoteReply || message.Reject || durable.Vote == message.To,
                $"a vote for {message.To} leaves, on the disk is one for {durable.Vote}");
        }
    }

    private static bool SpeaksOfAnotherTerm(in Message message) =>
        message.Type is MessageType.PreVote or MessageType.LastPositionRequest
            || (message.Type == MessageType.PreVoteReply && !message.Reject);

    private void CheckLeader()
    {
        var hasLed = _role == Role.Leader;
        Invariant.Check(state.Leader == state.Self, $"leads term {state.Term} but follows {state.Leader}");
        Invariant.Check(
            state.Vote == state.Self, $"leads term {state.Term} but voted for {state.Vote}");
        Invariant.Check(
            state.Damage.IsNone,
            $"leads term {state.Term} with {state.Damage.Ranges.Count} damaged ranges, unsure"
                + $" {state.Damage.IsUnsure}");
        Invariant.Check(
            !hasLed || state.Term == _term,
            $"a leader of term {_term} leads {state.Term} without an election");
        // Leader append-only (§5.3, figure 3).
        Invariant.Check(
            !hasLed || (state.Log.Generation == _generation && state.Log.Last.Index >= _last.Index),
            $"a leader's log was cut from {_last} to {state.Log.Last}");
        Invariant.Check(
            state.Commit == _commit || state.Log.TermAt(state.Commit) == state.Term,
            $"{state.Commit} of term {state.Log.TermAt(state.Commit)} was committed by counting in"
                + $" {state.Term}");
        foreach (var peer in state.Leadership.Peers)
        {
            CheckPeer(peer);
        }

        if (hasLed && state.Log.MembershipIndex > _last.Index)
        {
            CheckChange();
        }
    }

    private void CheckPeer(Progress peer)
    {
        Invariant.Check(
            peer.Match >= peer.MatchSeen,
            $"peer {peer.Id}: match fell from {peer.MatchSeen} to {peer.Match}");
        peer.MatchSeen = peer.Match;
        Invariant.Check(
            peer.Match < peer.Next && peer.Match <= state.Log.Last.Index
                && peer.Next <= state.Log.Last.Index.Next,
            $"peer {peer.Id}: match {peer.Match}, next {peer.Next}, the log ends at {state.Log.Last}");
        Invariant.Check(
            peer.Inflight.Count <= state.Options.InflightAppendsMax
                && (peer.Inflight.Count == 0 || peer.State == ProgressState.Replicate),
            $"peer {peer.Id}: {peer.Inflight.Count} messages on their way in {peer.State}");
        Invariant.Check(
            peer.PendingSnapshot <= state.Commit
                && (peer.PendingSnapshot == LogIndex.Zero || peer.State == ProgressState.Snapshot),
            $"peer {peer.Id}: snapshot {peer.PendingSnapshot} in {peer.State}, commit {state.Commit}");
    }

    // A leader appended a membership: one change at a time, and majorities before and after it meet (§6).
    private void CheckChange()
    {
        var index = state.Log.MembershipIndex;
        var next = state.Log.Membership;
        var previous = state.Log.MembershipAt(index.Previous);
        if (LogMemberships.HaveSameParts(previous, next))
        {
            return;
        }

        var open = state.Log.Memberships.ChangesAfter(state.Commit);
        Invariant.Check(
            open <= 1,
            $"{open} membership changes are not committed, the last at {index}, commit {state.Commit}");
        Invariant.Check(
            MajoritiesMeet(previous, next),
            $"majorities of the memberships before and after {index} need not meet:"
                + $" {previous.Voters.Length} and {next.Voters.Length} voters,"
                + $" {previous.OutgoingVoters.Length} and {next.OutgoingVoters.Length} outgoing");
    }

    private static bool MajoritiesMeet(Membership previous, Membership next) =>
        (previous.IsJoint, next.IsJoint) switch
        {
            (false, false) => DifferenceOf(previous.Voters, next.Voters) <= 1,
            (false, true) => next.OutgoingVoters.SequenceEqual(previous.Voters),
            (true, false) => next.Voters.SequenceEqual(previous.Voters),
            _ => next.Voters.SequenceEqual(previous.Voters)
                && next.OutgoingVoters.SequenceEqual(previous.OutgoingVoters),
        };

    private static int DifferenceOf(ReadOnlySpan<NodeId> left, ReadOnlySpan<NodeId> right)
    {
        var common = 0;
        foreach (var id in left)
        {
            common += right.Contains(id) ? 1 : 0;
        }

        return left.Length + right.Length - (2 * common);
    }
}
