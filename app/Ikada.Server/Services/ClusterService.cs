using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.KeyValue;
using Ikada.Primitives;

namespace Ikada.Server;

/// <summary>etcdserverpb.Cluster.</summary>
internal sealed class ClusterService(StoreCalls calls) : Cluster.ClusterBase
{
    public override async Task<MemberListResponse> MemberList(
        MemberListRequest request, ServerCallContext context)
    {
        calls.RequireLeader(context);
        var published = await calls.ReadAsync(
            serializable: !request.Linearizable, view => view.PublishedMembers(), context.CancellationToken);
        // etcd leaves the revision of cluster responses out.
        var response = new MemberListResponse { Header = calls.Header(revision: 0) };
        response.Members.AddRange(Members(calls.Store.Membership, published));
        return response;
    }

    public override Task<MemberAddResponse> MemberAdd(MemberAddRequest request, ServerCallContext context) =>
        throw Unimplemented(context);

    public override Task<MemberRemoveResponse> MemberRemove(
        MemberRemoveRequest request, ServerCallContext context) =>
        throw Unimplemented(context);

    public override Task<MemberUpdateResponse> MemberUpdate(
        MemberUpdateRequest request, ServerCallContext context) =>
        throw Unimplemented(context);

    public override Task<MemberPromoteResponse> MemberPromote(
        MemberPromoteRequest request, ServerCallContext context) => throw Unimplemented(context);

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
            shown.PeerURLs.AddRange(attributes.PeerUrls);
            if (published.FirstOrDefault(one => one.Id == member.Id) is { } self)
            {
                shown.Name = self.Name;
                shown.ClientURLs.AddRange(self.ClientUrls);
            }

            members.Add(shown);
        }

        return members;
    }

    private static RpcException Unimplemented(ServerCallContext context) =>
        EtcdErrors.Unimplemented(context.Method, serviceKnown: true).Exception();
}
