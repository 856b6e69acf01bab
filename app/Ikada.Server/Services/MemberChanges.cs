using System.Globalization;
using System.Text.RegularExpressions;
using Grpc.Core;
using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Server;

/// <summary>Changes of the membership, with etcd's checks before them.</summary>
internal sealed partial class MemberChanges(
    StoreCalls calls, ServerIdentity identity, ServerOptions options)
{
    private const int LearnersMax = 1;
    private static readonly TimeSpan PromotionInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Adds a member, which has no name until it has been started; returns its id.</summary>
    public async Task<NodeId> AddAsync(
        IReadOnlyList<string> peerUrls, bool isLearner, CancellationToken client)
    {
        Check(peerUrls);
        peerUrls = [.. peerUrls.Order(StringComparer.Ordinal)];
        // The same URLs may be added again after they were removed: that is another member.
        var moment = DateTime.UtcNow.Ticks.ToString(CultureInfo.InvariantCulture);
        var id = Identity.NodeIdOf([.. peerUrls, moment], identity.Cluster.ToString());
        var isPromoted = false;
        await ChangeAsync(
            state =>
            {
                state.CheckAdd(options, isLearner);
                state.CheckAreNew(peerUrls, NodeId.None);
                if (isLearner && state.Membership.Learners.Length >= LearnersMax)
                {
                    throw EtcdErrors.TooManyLearners.Exception();
                }

                // Here a change is in force before it is committed: a lone voter could not commit a second
                // one that is not there yet.
                var isLone = state.Membership.Voters.Length == 1;
                isPromoted = isLone && !isLearner;
                return new MemberChange(
                    isLearner || isLone ? MemberChangeKind.Learner : MemberChangeKind.Voter, id)
                {
                    Attributes = NodeSettings.AttributesOf(string.Empty, peerUrls),
                };
            },
            client);
        if (isPromoted)
        {
            _ = PromoteWhenReadyAsync(id);
        }

        return id;
    }

    /// <summary>Removes a member.</summary>
    public Task RemoveAsync(NodeId id, CancellationToken client) => ChangeAsync(
        state =>
        {
            state.CheckExists(id);
            state.CheckRemove(options, id);
            return new MemberChange(MemberChangeKind.Remove, id);
        },
        client);

    /// <summary>Gives a member other peer URLs.</summary>
    public Task UpdateAsync(NodeId id, IReadOnlyList<string> peerUrls, CancellationToken client) =>
        ChangeAsync(
            state =>
            {
                state.CheckExists(id);
                Check(peerUrls);
                state.CheckAreNew(peerUrls, id);
                var known = MemberAttributes.Decode(state.Membership.Find(id)!.Attributes.Span);
                return new MemberChange(MemberChangeKind.Update, id)
                {
                    Attributes = NodeSettings.AttributesOf(known.Name, peerUrls),
                };
            },
            client);

    /// <summary>Makes a learner a voter.</summary>
    public Task PromoteAsync(NodeId id, CancellationToken client) => ChangeAsync(
        state =>
        {
            state.CheckExists(id);
            state.CheckPromote(options, id);
            return new MemberChange(MemberChangeKind.Voter, id);
        },
        client);

    // Whoever leads makes the change only while the members are those it was judged by; else it is judged
    // again: so of two that exclude each other one is refused.
    private async Task ChangeAsync(Func<ClusterView, MemberChange> judge, CancellationToken client)
    {
        while (true)
        {
            var state = await StateAsync(client);
            var change = new MembershipChange
            {
                Members = [judge(state)], Expected = state.Membership.Fingerprint(),
            };
            if (await calls.ChangeAsync(change, client))
            {
                return;
            }
        }
    }

    private async Task<ClusterView> StateAsync(CancellationToken client)
    {
        var published = await calls.ReadAsync(
            serializable: false, view => view.PublishedMembers(), client);
        return new ClusterView(calls.Store, published);
    }

    // Until it votes, it was removed, or this member stops; then an operator promotes it.
    private async Task PromoteWhenReadyAsync(NodeId id)
    {
        while (calls.Store.Membership.IsLearner(id))
        {
            await Task.Delay(PromotionInterval);
            try
            {
                await calls.ChangeAsync(
                    new MembershipChange { Members = [new MemberChange(MemberChangeKind.Voter, id)] },
                    CancellationToken.None);
            }
            catch (RpcException refusal) when (refusal.Status.Detail != EtcdErrors.Stopped.Message)
            {
                // It has not caught up, or there is no leader: it is asked again.
                _ = refusal;
            }
            catch (RpcException)
            {
                return;
            }
        }
    }

    private static void Check(IReadOnlyList<string> peerUrls)
    {
        if (peerUrls.Count == 0 || peerUrls.Any(url => !PeerUrl().IsMatch(url)))
        {
            throw EtcdErrors.BadPeerUrls.Exception();
        }
    }

    [GeneratedRegex(@"^https?://(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):[0-9]{1,5}$")]
    private static partial Regex PeerUrl();
}
