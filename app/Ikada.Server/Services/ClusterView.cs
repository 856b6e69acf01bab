using Ikada.Consensus;
using Ikada.KeyValue;
using Ikada.Primitives;

namespace Ikada.Server;

/// <summary>What changes of the membership are judged by. Strict: a change must not cost the quorum, as far
/// as this member can see.</summary>
internal sealed class ClusterView(IReplicatedStore store, IReadOnlyList<PublishedMember> published)
{
    public Membership Membership { get; } = store.Membership;

    public void CheckExists(NodeId id)
    {
        if (!Membership.Contains(id))
        {
            throw EtcdErrors.MemberNotFound.Exception();
        }
    }

    /// <summary>No other member than <paramref name="id"/> has one of the URLs.</summary>
    public void CheckAreNew(IReadOnlyList<string> peerUrls, NodeId id)
    {
        foreach (var member in Membership.Members)
        {
            if (member.Id != id
                && MemberAttributes.Decode(member.Attributes.Span).Addresses.Any(peerUrls.Contains))
            {
                throw EtcdErrors.PeerUrlExists.Exception();
            }
        }
    }

    public void CheckAdd(ServerOptions options, bool isLearner)
    {
        var voters = Membership.Voters.ToArray();
        var started = voters.Count(IsStarted);
        // A lone member may always get a second one.
        var isEnough = (voters.Length == 1 && started == 1)
            || started >= Quorum.MajorityOf(voters.Length + 1);
        Refuse(options, !isLearner && !isEnough, EtcdErrors.NotEnoughStarted);
        Refuse(options, !voters.All(store.IsConnected), EtcdErrors.Unhealthy);
    }

    public void CheckRemove(ServerOptions options, NodeId id)
    {
        if (!Membership.IsVoter(id))
        {
            return;
        }

        var voters = Membership.Voters.ToArray();
        var left = voters.Where(voter => voter != id).ToArray();
        Refuse(
            options, left.Length == 0 || left.Count(IsStarted) < Quorum.MajorityOf(left.Length),
            EtcdErrors.NotEnoughStarted);
        // One that is down counts for nothing already.
        Refuse(
            options,
            store.IsConnected(id) && left.Count(store.IsConnected) < Quorum.MajorityOf(left.Length),
            EtcdErrors.Unhealthy);
    }

    public void CheckPromote(ServerOptions options, NodeId id)
    {
        if (!Membership.IsLearner(id))
        {
            throw EtcdErrors.NotALearner.Exception();
        }

        var voters = Membership.Voters.ToArray();
        Refuse(
            options,
            1 + voters.Count(IsStarted) < Quorum.MajorityOf(voters.Length + 1),
            EtcdErrors.NotEnoughStarted);
    }

    private static void Refuse(ServerOptions options, bool costsTheQuorum, EtcdError error)
    {
        if (options.StrictReconfigCheck && costsTheQuorum)
        {
            throw error.Exception();
        }
    }

    // A member has a name once it has told it; founders have theirs from the start.
    private bool IsStarted(NodeId id) => published.Any(member => member.Id == id && member.Name.Length > 0)
        || (Membership.Find(id) is { } member
            && MemberAttributes.Decode(member.Attributes.Span).Name.Length > 0);
}
