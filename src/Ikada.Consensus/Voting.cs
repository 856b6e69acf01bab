namespace Ikada.Consensus;

/// <summary>
/// Whether this node may vote at all, and whom a living leader protects from.
/// <para>
/// A vote that the leader itself asked for (<see cref="MessageFlags.Transfer"/>, diss. §3.10) is held back
/// neither
/// by the leader's life nor by the promise of a lease. That is safe: such a vote of term T + 1 exists only
/// because
/// the leader of T sent <see cref="MessageType.TimeoutNow"/>, which counts in term T alone, and a leader
/// that has sent
/// one serves no read under a lease for the rest of its term, so the promise it got protects nothing any
/// more. Leases
/// of terms below T had all ended, by time or in this same way, when T got its leader. A late or repeated
/// TimeoutNow or Vote names the same terms, hence the same leader, hence changes nothing of this.
/// </para>
/// </summary>
internal sealed class Voting(ConsensusState state)
{
    /// <summary>Whether a living leader stands against the election that <paramref name="request"/> asks for
    /// (diss.
    /// §4.2.3), or this node's promise to one (DESIGN §7, A lost leader and leases).</summary>
    public bool LeaderStandsAgainst(in Message request) =>
        !request.Has(MessageFlags.Transfer) && (state.HasLivingLeader || HasPromised);

    /// <summary>Whether this node may grant a vote or pre-vote, whoever asks.</summary>
    public bool MayGrant(in Message request) =>
        !state.Damage.IsUnsure && !state.Damage.IsTreatedAsWiped && !state.Identities.IsStartedOver
        && (!HasPromised || request.Has(MessageFlags.Transfer))
        && request.Position.IsAtLeastAsUpToDateAs(state.Damage.Doubt.LastEver);

    /// <summary>
    /// Whether this node may campaign: a voter (<see cref="Members.MayCampaign"/>) whose log is whole and
    /// its own, and
    /// whose disk answers. One whose disk is stuck could neither make its own vote durable nor lead.
    /// </summary>
    public bool MayCampaign => state.Members.MayCampaign && state.Damage.IsNone
        && !state.Identities.IsSelfWiped && !state.Identities.IsStartedOver
        && !state.DiskWatch.IsStuck && !state.IsInstalling;

    /// <summary>Whether this node has promised a leader to vote for nobody yet, itself included.</summary>
    public bool HasPromised => state.Lease.HasPromised;
}
