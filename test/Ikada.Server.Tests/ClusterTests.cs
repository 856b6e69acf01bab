using Google.Protobuf.Collections;
using Ikada.Api.Etcd;
using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Wire;

namespace Ikada.Server.Tests;

/// <summary>etcdserverpb.Cluster over two voters, both started: what is refused, in which words, and what is
/// asked of the node.</summary>
public sealed class ClusterTests : IAsyncLifetime
{
    private static readonly NodeId Other = new(5);
    private readonly ServerFixture _server = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Cluster.ClusterClient Client => new(_server.Invoker);

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData()]
    [InlineData("127.0.0.1:1")]
    [InlineData("http://127.0.0.1")]
    [InlineData("ftp://127.0.0.1:1")]
    [InlineData("http://127.0.0.1:1/path")]
    [InlineData("http://127.0.0.1:7", "")]
    public async Task Urls_that_are_none_are_refused(params string[] urls)
    {
        await RefusedAsync(EtcdErrors.BadPeerUrls, () => AddAsync(urls));
        await RefusedAsync(EtcdErrors.BadPeerUrls, () => UpdateAsync(FakeStore.Self, urls));
        Assert.Empty(_server.Store.Changes);
    }

    [Fact]
    public async Task Urls_of_another_member_are_refused_and_one_s_own_are_not()
    {
        await RefusedAsync(
            EtcdErrors.PeerUrlExists, () => AddAsync("http://127.0.0.1:9", "http://127.0.0.1:2"));
        await RefusedAsync(EtcdErrors.PeerUrlExists, () => UpdateAsync(FakeStore.Self, "http://127.0.0.1:2"));
        await UpdateAsync(Other, "http://127.0.0.1:2", "http://127.0.0.1:3");

        var change = Assert.Single(_server.Store.Changes);
        Assert.Equal((MemberChangeKind.Update, Other), (change.Kind, change.Id));
        Assert.Equal(
            NodeSettings.AttributesOf("n2", ["http://127.0.0.1:2", "http://127.0.0.1:3"]),
            change.Attributes!.Value.ToArray());
    }

    [Fact]
    public async Task Of_two_who_add_the_same_urls_at_once_one_is_refused()
    {
        // The other one's change is made between the check of this one and its decision.
        _server.Store.BeforeChange = () =>
        {
            _server.Store.BeforeChange = null;
            var before = _server.Store.Membership;
            var other = new Primitives.Member(
                new NodeId(6), null, NodeSettings.AttributesOf(string.Empty, ["http://127.0.0.1:9"]));
            _server.Store.Membership = new Membership(
                [.. before.Members, other], before.Voters, learners: [new NodeId(6)]);
        };

        await RefusedAsync(EtcdErrors.PeerUrlExists, () => AddAsync("http://127.0.0.1:9"));
        Assert.Empty(_server.Store.Changes);
    }

    [Fact]
    public async Task A_change_is_judged_again_when_the_members_have_changed_meanwhile()
    {
        _server.Store.BeforeChange = () =>
        {
            _server.Store.BeforeChange = null;
            var before = _server.Store.Membership;
            _server.Store.Membership = new Membership(
                [
                    .. before.Members,
                    new Primitives.Member(new NodeId(6), null, NodeSettings.AttributesOf("n6", [])),
                ],
                before.Voters, learners: [new NodeId(6)]);
        };

        await RemoveAsync(Other);
        var change = Assert.Single(_server.Store.Changes);
        Assert.Equal((MemberChangeKind.Remove, Other), (change.Kind, change.Id));
    }

    [Fact]
    public async Task A_member_that_is_none_is_not_found()
    {
        await RefusedAsync(EtcdErrors.MemberNotFound, () => UpdateAsync(new NodeId(9), "http://127.0.0.1:9"));
        await RefusedAsync(EtcdErrors.MemberNotFound, () => RemoveAsync(new NodeId(9)));
        await RefusedAsync(EtcdErrors.MemberNotFound, () => PromoteAsync(new NodeId(9)));
        await RefusedAsync(EtcdErrors.NotALearner, () => PromoteAsync(Other));
    }

    [Fact]
    public async Task While_a_voter_is_away_nothing_that_needs_it_is_changed()
    {
        _server.Store.Unreachable.Add(Other);

        await RefusedAsync(EtcdErrors.Unhealthy, () => AddAsync("http://127.0.0.1:9"));
        await RefusedAsync(EtcdErrors.Unhealthy, () => RemoveAsync(FakeStore.Self));
        await RemoveAsync(Other);

        var change = Assert.Single(_server.Store.Changes);
        Assert.Equal((MemberChangeKind.Remove, Other), (change.Kind, change.Id));
    }

    [Fact]
    public async Task What_the_consensus_module_refuses_or_cannot_tell_is_said()
    {
        _server.Store.ChangeEnding = new Answer(AnswerStatus.Unknown, "?");
        await RefusedAsync(EtcdErrors.TimeoutLeaderLost, () => RemoveAsync(Other));
        _server.Store.ChangeEnding = new Answer(AnswerStatus.Later, "?");
        await RefusedAsync(EtcdErrors.Timeout, () => RemoveAsync(Other));
        _server.Store.ChangeEnding = _server.Store.ChangeEnding with { Refusal = Refusal.LearnerNotReady };
        await RefusedAsync(EtcdErrors.LearnerNotReady, () => RemoveAsync(Other));
        _server.Store.ChangeEnding = new Answer(AnswerStatus.Refused, "no");
        await RefusedAsync(EtcdErrors.ChangeRefused("no"), () => RemoveAsync(Other));
    }

    private async Task AddAsync(params string[] urls)
    {
        var request = new MemberAddRequest();
        Fill(request.PeerURLs, urls);
        await Client.MemberAddAsync(request, cancellationToken: Token);
    }

    private async Task UpdateAsync(NodeId id, params string[] urls)
    {
        var request = new MemberUpdateRequest { ID = id.Value };
        Fill(request.PeerURLs, urls);
        await Client.MemberUpdateAsync(request, cancellationToken: Token);
    }

    private async Task RemoveAsync(NodeId id) => await Client.MemberRemoveAsync(
        new MemberRemoveRequest { ID = id.Value }, cancellationToken: Token);

    private async Task PromoteAsync(NodeId id) => await Client.MemberPromoteAsync(
        new MemberPromoteRequest { ID = id.Value }, cancellationToken: Token);

    private static void Fill(RepeatedField<string> field, string[] urls) => field.AddRange(urls);

    private static Task RefusedAsync(EtcdError error, Func<Task> call) =>
        ServerFixture.RefusedAsync(error.Code, error.Message, call);
}
