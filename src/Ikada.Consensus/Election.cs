using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>Campaigning: deadlines, pre-votes and votes (§5.2, diss. §9.6).</summary>
internal sealed class Election(ConsensusState state)
{
    private readonly List<NodeId> _yes = [];
    private readonly List<NodeId> _no = [];

    // The leader whose connection closed under us; while it stays closed, elections hurry.
    private NodeId _lost;
    private bool _hasYielded;

    /// <summary>The node starts: it waits for a leader, unless nobody else could be one.</summary>
    public void Start()
    {
        ResetDeadline();
        var voters = state.Log.Membership.Voters;
        if (voters.Length == 1 && voters[0] == state.Self && !state.Log.Membership.IsJoint)
        {
            state.ElectionDeadline = state.Now;
        }
    }

    /// <summary>Waits a fresh random time, spread over [T, 2T) so that votes rarely split (§5.2).</summary>
    public void ResetDeadline() =>
        state.ElectionDeadline = state.Now
            + state.Random.NextSpan(state.Options.ElectionTimeout, 2 * state.Options.ElectionTimeout);

    /// <summary>There is a leader: nothing is lost, and the full time runs anew.</summary>
    public void LeaderHeard()
    {
        _lost = NodeId.None;
        state.Space.LeaderHeard();
        ResetDeadline();
    }

    /// <summary>
    /// Another node that lost the leader too asks first, and could win: let it, once for each loss. Two
    /// that ask at the same time split the vote. Only once, since it may be unable to hear our answer.
    /// </summary>
    public void YieldToPreCandidate()
    {
        if (!_lost.IsNone && !_hasYielded && state.Role == Role.Follower)
        {
            _hasYielded = true;
            SetRetryDeadline(state.Options.LostLeaderRetryMax);
        }
    }

    /// <summary>The leader's connection closed: ask soon whether others lost it too. Not all at the same
    /// moment.</summary>
    public void HurryAfterLoss(NodeId leader)
    {
        _lost = leader;
        _hasYielded = false;
        state.ElectionDeadline = Instant.Min(
            state.ElectionDeadline,
            state.Now + state.Random.NextSpan(TimeSpan.Zero, state.Options.LostLeaderRetryMax));
    }

    /// <summary>The election timeout passed. Asks first whether it could win, so that a node that cannot
    /// does not raise anybody's term (diss. §9.6).</summary>
    public void StartPreVote()
    {
        if (!state.Voting.MayCampaign)
        {
            ResetDeadline();
            return;
        }

        if (state.Space.WaitsForOthers())
        {
            state.ElectionDeadline = state.Now + state.Options.ElectionTimeout
                + state.Random.NextSpan(state.Options.ElectionTimeout, 2 * state.Options.ElectionTimeout);
            return;
        }

        if (state.Voting.HasPromised)
        {
            // The own vote is promised away like any other; it is free when the lease has ended.
            state.ElectionDeadline = state.Lease.PromisedUntil
                + state.Random.NextSpan(TimeSpan.Zero, state.Options.LostLeaderRetryMax);
            return;
        }

        state.BecomePreCandidate();
        SetRetryDeadline(TimeSpan.Zero);
        Begin();
        _yes.Add(state.Self);
        Ask(MessageType.PreVote, state.Term.Next);
        Decide();
    }

    /// <summary>The leader wants this node to take over: no pre-vote, since the leader itself has seen that
    /// it
    /// would win, and its life does not stand against it (diss. §3.10).</summary>
    public void StartTransferred()
    {
        if (state.Voting.MayCampaign)
        {
            StartVote(MessageFlags.Transfer);
        }
    }

    /// <summary>Counts an answer to the vote or pre-vote under way; the first of a voter counts.</summary>
    public void Count(NodeId voter, bool granted)
    {
        if (!_yes.Contains(voter) && !_no.Contains(voter))
        {
            (granted ? _yes : _no).Add(voter);
            Decide();
        }
    }

    private void StartVote(MessageFlags flags = MessageFlags.None)
    {
        state.BecomeCandidate();
        // A vote has to reach the disks of a majority: give it longer than a pre-vote before the next try.
        SetRetryDeadline(state.Options.LostLeaderRetryMax);
        Begin();
        // The own vote counts like any other, once it is durable: OnHardStateSaved.
        Ask(MessageType.Vote, state.Term, flags);
    }

    private void SetRetryDeadline(TimeSpan grace)
    {
        if (_lost.IsNone || state.IsConnected(_lost))
        {
            _lost = NodeId.None;
            ResetDeadline();
            return;
        }

        state.ElectionDeadline = state.Now + grace
            + state.Random.NextSpan(state.Options.LostLeaderRetryMin, state.Options.LostLeaderRetryMax);
    }

    private void Begin()
    {
        _yes.Clear();
        _no.Clear();
    }

    private void Ask(MessageType type, Term term, MessageFlags flags = MessageFlags.None)
    {
        foreach (var member in state.Log.Membership.Members)
        {
            if (member.Id != state.Self && state.Log.Membership.IsVoter(member.Id))
            {
                state.Outbox.Send(new Message
                {
                    Type = type, From = state.Self, To = member.Id, Term = term, Position = state.Log.Last,
                    Flags = flags,
                });
            }
        }
    }

    private void Decide()
    {
        var membership = state.Log.Membership;
        var result = Quorum.Both(Tally(membership.Voters), Tally(membership.OutgoingVoters));
        if (result == VoteResult.Won && state.Role == Role.PreCandidate)
        {
            StartVote();
        }
        else if (result == VoteResult.Won)
        {
            _lost = NodeId.None;
            state.BecomeLeader();
        }
        else if (result == VoteResult.Lost)
        {
            // The deadline stands: the next try comes when it passes.
            state.BecomeFollower(state.Term, NodeId.None);
        }
    }

    private VoteResult Tally(ReadOnlySpan<NodeId> voters)
    {
        var yes = 0;
        var no = 0;
        foreach (var voter in voters)
        {
            yes += _yes.Contains(voter) ? 1 : 0;
            no += _no.Contains(voter) ? 1 : 0;
        }

        return Quorum.Tally(voters.Length, yes, no);
    }
}
