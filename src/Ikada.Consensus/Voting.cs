namespace Ikada.Consensus;

/// <summary>Whether this node may vote at all, and whom a living leader protects from.</summary>
internal sealed class Voting(ConsensusState state)
{
    /// <summary>Whether a living leader stands against the election that <paramref name="request"/> asks for (diss.
    /// §4.2.3).</summary>
    public bool LeaderStandsAgainst(in Message request) => state.HasLivingLeader;

    /// <summary>Whether this node may grant a vote or pre-vote, whoever asks.</summary>
    public bool MayGrant(in Message request) =>
        !state.Damage.IsUnsure && !state.Damage.IsTreatedAsWiped
        && request.Position.IsAtLeastAsUpToDateAs(state.Damage.Doubt.LastEver);

    /// <summary>Whether this node may campaign.</summary>
    public bool MayCampaign => state.IsVoter && !state.IsInstalling;
}
