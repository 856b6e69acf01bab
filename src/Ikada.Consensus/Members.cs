using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>What the memberships in this node's log say of the node itself (§6; DESIGN §7, Membership):
/// whether it may campaign, and whether it was removed.</summary>
internal sealed class Members
{
    private readonly ConsensusState _state;

    // The newest committed membership looked at, and whether this node, under its own incarnation, is in it.
    private Membership _looked;
    private bool _isMember;

    public Members(ConsensusState state)
    {
        _state = state;
        _looked = state.Log.MembershipAt(state.Commit);
        _isMember = IsSelfIn(_looked);
    }

    /// <summary>
    /// Whether this node votes in the newest membership of its log, or did until a change that is not
    /// committed yet. In the latter case it may be the only one that can bring the change to an end: of two
    /// voters, the leader that removes itself and is the only one to hold that entry. It then campaigns for
    /// the votes of the new membership and does not count its own (diss. §4.2.2).
    /// </summary>
    public bool MayCampaign =>
        _state.IsVoter || _state.Log.MembershipAt(_state.Commit).IsVoter(_state.Self);

    /// <summary>The commit index rose. A node learns only from a committed membership that it was removed: an
    /// uncommitted one may be rolled back.</summary>
    public void CommitRose()
    {
        var newest = _state.Log.Membership;
        if (ReferenceEquals(newest, _looked) || _state.Log.MembershipIndex > _state.Commit)
        {
            return;
        }

        _looked = newest;
        var wasMember = _isMember;
        _isMember = IsSelfIn(newest);
        // A node that was added under the id of another one, gone before, reads of the removal of that one.
        if (wasMember && !newest.Contains(_state.Self))
        {
            _state.Effects.Observe(Fact.Removed, _state.Self);
        }
    }

    private bool IsSelfIn(Membership membership) =>
        membership.Find(_state.Self) is { } member
            && !_state.Identities.IsAnother(member, _state.Identities.Self);
}
