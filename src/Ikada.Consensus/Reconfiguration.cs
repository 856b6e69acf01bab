using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>
/// A leader's changes of the membership (§6, diss. §4; DESIGN §7, Membership). Each is an entry of the log,
/// in force from the moment it is appended, and the next one waits until it is committed. Entries that only
/// bind an incarnation to a member are the exception: they change no majority, so any number of them may be
/// under way. They must be: the entry that adds a second voter to a lone one cannot be committed before the
/// new voter is bound.
/// </summary>
internal sealed class Reconfiguration(ConsensusState state)
{
    // The newest entry of this term that changed more than incarnations.
    private LogIndex _change;

    // The committed membership entry of which everything that follows has been done.
    private LogIndex _settled;

    /// <summary>Whether a change must wait: for another one, or for the first commit of the term. Without the
    /// latter a leader could change a membership that an earlier leader has already replaced (raft-dev,
    /// 2015).</summary>
    public bool IsPending => _change > state.Commit || state.Commit < state.Leadership.TermStart;

    /// <summary>A leadership begins. Returns the membership that opens its term: the newest in the log with
    /// the incarnations heard so far bound, or null if that binds nobody.</summary>
    public Membership? Begin()
    {
        (_change, _settled) = (LogIndex.Zero, LogIndex.Zero);
        var heard = state.Identities.HeardOfUnbound();
        return heard.Length == 0 ? null : MembershipArithmetic.Bind(state.Log.Membership, heard);
    }

    /// <summary>Changes the membership to <paramref name="to"/>, by an entry.</summary>
    public LogIndex Change(Membership to)
    {
        Invariant.Check(
            !IsPending,
            $"a change while {_change} or the term's first, {state.Leadership.TermStart}, waits");
        _change = state.Log.Last.Index.Next;
        Append(to);
        return _change;
    }

    /// <summary>A member that has no incarnation was heard under this one.</summary>
    public void Bind(NodeId id, Incarnation incarnation)
    {
        Append(MembershipArithmetic.Bind(state.Log.Membership, [(id, incarnation)]));
        state.Leadership.Replicate();
    }

    /// <summary>The commit index rose: what waited for a membership to be committed is done, once.</summary>
    public void CommitRose()
    {
        var index = state.Log.MembershipIndex;
        if (index > state.Commit || index == _settled)
        {
            return;
        }

        _settled = index;
        var membership = state.Log.Membership;
        if (membership is { IsJoint: true, AutoLeave: true })
        {
            Change(MembershipArithmetic.LeaveJoint(membership).Membership!);
            state.Leadership.Replicate();
            return;
        }

        state.Leadership.DropRemoved();
        if (!state.IsVoter)
        {
            GiveWay();
        }
    }

    // It removed or demoted itself, and that is committed. It led without counting itself until now; the
    // others learn the commit index first, so that whoever leads next has nothing left to do for it (diss.
    // §4.2.2), and the best of them is told to lead.
    private void GiveWay()
    {
        foreach (var peer in state.Leadership.Peers)
        {
            if (peer.CommitSent < state.Commit)
            {
                state.Leadership.Replication.TellCommit(peer);
            }
        }

        _ = state.Leadership.Transfer.TryLeave();
        state.BecomeFollower(state.Term, NodeId.None);
    }

    private void Append(Membership to)
    {
        var before = state.Log.Membership;
        var index = state.Log.Last.Index.Next;
        state.Log.Append(
            new EntryHeader(state.Term, EntryKind.Membership, to.Encode().Length, to), state.Term);
        state.Effects.Add(new Effect
        {
            Kind = EffectKind.AppendToLog, First = index, Last = index, Term = state.Term,
            Generation = state.Log.Generation, Membership = to,
        });
        state.Identities.Changed(before, to);
        state.Leadership.Serve(before, to);
        state.Leadership.Transfer.MembershipChanged();
    }
}
