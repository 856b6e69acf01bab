using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>
/// A log that may have lost its end, entries that this node had acknowledged among it (DESIGN §7, unsure). It
/// neither votes nor campaigns until it knows how far its log must reach, in one of two ways:
/// <list type="number">
/// <item>The leader of its term has told it, when asked, where its log ends, and this log has since been
/// compared with the leader's and is durable up to there.</item>
/// <item>Enough voters, itself not counted, have told it their last positions, all in terms above those in
/// which it may have acknowledged what it lost. From then on it votes for logs that are at least as up to
/// date as the best of those, and campaigns only when its own is.</item>
/// </list>
/// <para>
/// Why this is enough. Let E be a committed entry that this node had acknowledged and lost. That was in a
/// term not above <c>u</c>, the one its hard state was found in. (1) A leader of a term above u was elected
/// without this node, so by others who still have E, and its log holds E (§5.4.3). The leader of u itself had
/// E before this node acknowledged it; acknowledgements of the earlier start, which might count for entries
/// that it appended after its answer, are refused by their start count. (2) E is on a majority, hence on one
/// of those who answered, and that one had it when it answered: in a term above u it takes no entry of u any
/// more. So the best answer is at least as up to date as a log with E, and every log that is at least as up
/// to date as one with E holds E (§5.4.3).
/// </para>
/// <para>
/// Answers of other unsure nodes count, since else nobody would ever know after all have lost their ends at
/// once. But each may have lost the same entry, so each calls for one more answer, as long as there are
/// voters.
/// </para>
/// <para>
/// An unsure node acknowledges what a leader appends: its leader was elected without it or before the loss,
/// so it has all committed entries, and the acknowledgement says of new entries only what is true.
/// </para>
/// </summary>
internal sealed class LogDoubt(ConsensusState state, bool isUnsure)
{
    private readonly List<Answer> _answers = [];

    // The term of the hard state that was found: what was lost was acknowledged in it or before.
    private readonly Term _found = state.Term;
    private Instant _deadline = state.Now;
    private LogPosition _floor;
    private (Term Term, LogIndex Last) _leaderSaid;

    /// <summary>Whether it is not known how far this log must reach.</summary>
    public bool IsUnsure { get; private set; } = isUnsure;

    /// <summary>Whether it is not known, or known and not reached. As long as this holds, a restart begins
    /// with doubt anew.</summary>
    public bool Exists { get; private set; } = isUnsure;

    /// <summary>When the others are asked again.</summary>
    public Instant Deadline => IsUnsure ? _deadline : Instant.Never;

    /// <summary>The position that a candidate's log must reach: that of the own log, and of what it has
    /// lost.</summary>
    public LogPosition LastEver =>
        _floor.IsAtLeastAsUpToDateAs(state.Log.Last) ? _floor : state.Log.Last;

    /// <summary>
    /// Asks the others where their logs end. The request bears the term that an answer must at least be given
    /// in: who hears no leader takes it. So the question is one for a vote, without a candidate.
    /// </summary>
    public void Tick()
    {
        if (state.Now < Deadline)
        {
            return;
        }

        _deadline = state.Now + state.Options.HeartbeatInterval;
        var isLeaderAsked = state.Leader.IsNone || state.Leader == state.Self;
        foreach (var member in state.Log.Membership.Members)
        {
            isLeaderAsked |= member.Id == state.Leader;
            Ask(member.Id);
        }

        if (!isLeaderAsked)
        {
            // It may belong to a membership that this node has lost.
            Ask(state.Leader);
        }
    }

    /// <summary>Somebody told its last position.</summary>
    public void Told(in Message message)
    {
        if (!IsUnsure)
        {
            return;
        }

        if (message.Has(MessageFlags.Leads) && message.Term == state.Term && message.From == state.Leader
            && _leaderSaid.Term < message.Term)
        {
            _leaderSaid = (message.Term, message.Position.Index);
        }

        if (message.Term > _found)
        {
            var from = message.From;
            _answers.RemoveAll(answer => answer.From == from);
            _answers.Add(new Answer(
                from, message.Term, message.Position, message.End,
                new LogPosition(new LogIndex(message.Round), new Term(message.Sequence)),
                message.Has(MessageFlags.Unsure)));
            Decide();
        }
    }

    /// <summary>After each step: whether the log has got where it must.</summary>
    public void After()
    {
        if (IsUnsure && state.Role == Role.Follower && _leaderSaid.Term == state.Term && !state.Leader.IsNone
            && state.Acknowledgeable >= _leaderSaid.Last)
        {
            Settle();
            Exists = false;
        }

        // While a snapshot is installed, what is durable lies before the log.
        if (Exists && !IsUnsure && state.Log.Reaches(state.Durable))
        {
            var durable = new LogPosition(state.Durable, state.Log.TermAt(state.Durable));
            Exists = !durable.IsAtLeastAsUpToDateAs(_floor);
            _floor = Exists ? _floor : default;
        }
    }

    private void Ask(NodeId peer)
    {
        if (peer != state.Self)
        {
            state.Outbox.Send(new Message
            {
                Type = MessageType.LastPositionRequest, From = state.Self, To = peer, Term = _found.Next,
                Position = state.Log.Last,
            });
        }
    }

    private void Decide()
    {
        var membership = state.Log.Membership;
        if (!HaveAnswered(membership.Voters) || !HaveAnswered(membership.OutgoingVoters))
        {
            return;
        }

        var best = state.Log.Last;
        var term = state.Term;
        foreach (var answer in _answers)
        {
            if (membership.IsVoter(answer.From) && !KnowsMembershipOf(answer))
            {
                // The membership changed in what this node has lost or cannot read: these may not be the
                // voters that committed it. A leader will bring it.
                return;
            }

            best = answer.Last.IsAtLeastAsUpToDateAs(best) ? answer.Last : best;
            term = Term.Max(term, answer.Term);
        }

        if (term > state.Term)
        {
            // A leader of the old term is nobody to this node from here on: it may count what was lost.
            state.BecomeFollower(term, NodeId.None);
        }

        _floor = best;
        Settle();
    }

    // Whether the membership in force there is one that this log holds, or an older one.
    private bool KnowsMembershipOf(in Answer answer)
    {
        var own = state.Log.MembershipIndex;
        return answer.MembershipIndex <= own
            // It stands in what the other has compacted, and this log holds all that, readable.
            || (answer.MembershipIndex == answer.Base.Index && state.Log.Holds(answer.Base)
                && !state.Damage.Touches(own.Next, answer.Base.Index));
    }

    // A majority of them without this node, and one more for each answer that may itself have lost entries,
    // but never more than there are.
    private bool HaveAnswered(ReadOnlySpan<NodeId> voters)
    {
        if (voters.IsEmpty)
        {
            return true;
        }

        var others = 0;
        var answered = 0;
        var unsure = 0;
        foreach (var voter in voters)
        {
            others += voter == state.Self ? 0 : 1;
            foreach (var answer in _answers)
            {
                answered += answer.From == voter ? 1 : 0;
                unsure += answer.From == voter && answer.IsUnsure ? 1 : 0;
            }
        }

        var needed = Math.Min(Quorum.MajorityOf(voters.Length) + unsure, others);
        // A lone voter has nobody to ask.
        return others > 0 && answered >= needed;
    }

    private void Settle()
    {
        IsUnsure = false;
        _answers.Clear();
        state.Effects.Observe(Fact.NoLongerUnsure);
    }

    private readonly record struct Answer(
        NodeId From, Term Term, LogPosition Last, LogIndex MembershipIndex, LogPosition Base, bool IsUnsure);
}
