using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.KeyValue;
using Ikada.Primitives;

namespace Ikada.Server;

/// <summary>etcdserverpb.Cluster.</summary>
internal sealed class ClusterService(StoreCalls calls, MemberChanges changes) : Cluster.ClusterBase
{
    public override async Task<MemberListResponse> MemberList(
        MemberListRequest request, ServerCallContext context)
    {
        var published = await calls.ReadAsync(
            serializable: !request.Linearizable, view => view.PublishedMembers(), context.CancellationToken);
        // etcd leaves the revision of cluster responses out.
        var response = new MemberListResponse { Header = calls.Header(revision: 0) };
        response.Members.AddRange(Members(calls.Store.Membership, published));
        return response;
    }

    public override async Task<MemberAddResponse> MemberAdd(
        MemberAddRequest request, ServerCallContext context)
    {
        var id = await changes.AddAsync(request.PeerURLs, request.IsLearner, context.CancellationToken);
        var response = new MemberAddResponse { Header = calls.Header(revision: 0) };
        response.Members.AddRange(Now());
        response.Member = response.Members.FirstOrDefault(member => member.ID == id.Value)
            ?? throw EtcdErrors.MemberNotFound.Exception();
        return response;
    }

    public override async Task<MemberRemoveResponse> MemberRemove(
        MemberRemoveRequest request, ServerCallContext context)
    {
        await changes.RemoveAsync(new NodeId(request.ID), context.CancellationToken);
        var response = new MemberRemoveResponse { Header = calls.Header(revision: 0) };
        response.Members.AddRange(Now().Where(member => member.ID != request.ID));
        return response;
    }

    public override async Task<MemberUpdateResponse> MemberUpdate(
        MemberUpdateRequest request, ServerCallContext context)
    {
        await changes.UpdateAsync(new NodeId(request.ID), request.PeerURLs, context.CancellationToken);
        var response = new MemberUpdateResponse { Header = calls.Header(revision: 0) };
        response.Members.AddRange(Now());
        return response;
    }

    public override async Task<MemberPromoteResponse> MemberPromote(
        MemberPromoteRequest request, ServerCallContext context)
    {
        await changes.PromoteAsync(new NodeId(request.ID), context.CancellationToken);
        var response = new MemberPromoteResponse { Header = calls.Header(revision: 0) };
        response.Members.AddRange(Now());
        return response;
    }

    /// <summary>Peer URLs come from the membership; name and client URLs from what each member has
    /// published.</summary>
    internal static List<Api.Etcd.Member> Members(
        Membership membership, IReadOnlyList<PublishedMember> published)
    {
        var members = new List<Api.Etcd.Member>();
        foreach (var member in membership.Members)
        {
            var attributes = MemberAttributes.Decode(member.Attributes.Span);
            var shown = new Api.Etcd.Member
            {
                ID = member.Id.Value,
                Name = attributes.Name,
                IsLearner = membership.Learners.Contains(member.Id),
            };
            shown.PeerURLs.AddRange(attributes.Addresses);
            if (published.FirstOrDefault(one => one.Id == member.Id) is { } self)
            {
                shown.Name = self.Name;
                shown.ClientURLs.AddRange(self.ClientUrls);
            }

            members.Add(shown);
        }

        return members;
    }

    private List<Api.Etcd.Member> Now() =>
        Members(calls.Store.Membership, Published());

    private IReadOnlyList<PublishedMember> Published()
    {
        using var view = calls.Store.Hold();
        return view.PublishedMembers();
    }
}
