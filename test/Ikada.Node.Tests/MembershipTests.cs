using Ikada.Consensus;
using Ikada.Log;
using Ikada.Node.Disk;
using Ikada.Replica;

namespace Ikada.Node.Tests;

/// <summary>Membership and leadership of nodes over real disks and sockets.</summary>
public sealed class MembershipTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly string _directory = Directory.CreateTempSubdirectory("ikada-members-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_new_node_joins_as_learner_catches_up_and_is_promoted()
    {
        await using var cluster = await NodeCluster.StartAsync(_directory, voters: 3, spares: 1);
        await WriteAsync(cluster, "before");
        await cluster.StartAsync(3);
        await cluster.ChangeAsync(Of(MemberChangeKind.Learner, 3));
        await CaughtUpAsync(cluster, 3);
        Assert.False(cluster[3].Node.Membership.IsVoter(TestNode.Id(3)));

        await cluster.ChangeAsync(Of(MemberChangeKind.Voter, 3));
        await WriteAsync(cluster, "after");
        await CaughtUpAsync(cluster, 3);
        Assert.True(cluster[3].Node.Membership.IsVoter(TestNode.Id(3)));
    }

    [Fact]
    public async Task A_leader_that_is_removed_gives_up_and_the_others_go_on_without_it()
    {
        await using var cluster = await NodeCluster.StartAsync(_directory, voters: 3);
        await WriteAsync(cluster, "before");
        var leader = await cluster.LeaderAsync();
        await cluster.ChangeAsync(Of(MemberChangeKind.Remove, NodeCluster.NumberOf(leader)));
        await NodeCluster.UntilAsync("another node leads", () => cluster.Live.Any(node =>
            node.Node.Status.Self != leader && node.Node.Status.Role == Role.Leader));
        var others = cluster.Live.Where(node => node.Node.Status.Self != leader).ToArray();
        var outcome = await others[0].ProposeAsync("after")
            .WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(OutcomeKind.Applied, outcome.Kind);
        Assert.Equal(2, others[0].Node.Membership.Voters.Length);
    }

    [Fact]
    public async Task A_node_with_a_wiped_disk_counts_for_nothing_until_it_is_added_again()
    {
        await using var cluster = await NodeCluster.StartAsync(_directory, voters: 3);
        await WriteAsync(cluster, "before");
        var leader = await cluster.LeaderAsync();
        var wiped = NodeCluster.NumberOf(
            cluster.Live.Select(node => node.Node.Status.Self).First(id => id != leader));
        await cluster.WipeAsync(wiped);
        await WriteAsync(cluster, "meanwhile", except: wiped);
        Assert.Empty(cluster[wiped].Machine.Commands);

        await cluster.ChangeAsync(new MembershipChange
        {
            Members =
            [
                new MemberChange(MemberChangeKind.Learner, TestNode.Id(wiped)) { ForgetsIncarnation = true },
            ],
        });
        await CaughtUpAsync(cluster, wiped);
        await cluster.ChangeAsync(Of(MemberChangeKind.Voter, wiped));
        Assert.True(cluster[0].Node.Membership.IsVoter(TestNode.Id(wiped)));
    }

    [Fact]
    public async Task A_node_whose_log_lost_what_it_acknowledged_stops_and_is_a_wiped_one_from_then_on()
    {
        await using var cluster = await NodeCluster.StartAsync(_directory, voters: 3);
        var leader = await cluster.LeaderAsync();
        var loser = (NodeCluster.NumberOf(leader) + 1) % 3;

        // Wiped twice with one seed: the second time it comes back as if it were the same, without its log.
        await cluster.WipeAsync(loser, seed: 7);
        await cluster.ChangeAsync(new MembershipChange
        {
            Members =
            [
                new MemberChange(MemberChangeKind.Learner, TestNode.Id(loser)) { ForgetsIncarnation = true },
            ],
        });
        await WriteAsync(cluster, "before", except: loser);
        await CaughtUpAsync(cluster, loser);
        await cluster.WipeAsync(loser, seed: 7);

        var stopped = await Assert.ThrowsAsync<NodeStoppedException>(() =>
            cluster[loser].Node.Completion.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.True(stopped.HasLostLog);
        Assert.Contains("has lost entries", stopped.Message, StringComparison.Ordinal);
        await cluster.StopAsync(TestNode.Id(loser));
        using (var files = new FileDisk(cluster.DirectoryOf(loser)))
        {
            Assert.True(NodeDirectory.Peek(files)!.IsStartedOver);
            Assert.Contains(files.List(), name => name.StartsWith("lost-", StringComparison.Ordinal));
        }

        await cluster.StartAsync(loser);
        await cluster.ChangeAsync(new MembershipChange
        {
            Members =
            [
                new MemberChange(MemberChangeKind.Learner, TestNode.Id(loser)) { ForgetsIncarnation = true },
            ],
        });
        await CaughtUpAsync(cluster, loser);
        await cluster.ChangeAsync(Of(MemberChangeKind.Voter, loser));
    }

    [Fact]
    public async Task Leadership_goes_to_the_node_that_is_named()
    {
        await using var cluster = await NodeCluster.StartAsync(_directory, voters: 3);
        await WriteAsync(cluster, "before");
        var leader = await cluster.LeaderAsync();
        var target = cluster.Live.Select(node => node.Node.Status.Self).First(id => id != leader);
        var (outcome, now) = await cluster[NodeCluster.NumberOf(leader)].Node
            .TransferLeadershipAsync(target, TestContext.Current.CancellationToken);
        Assert.Equal(TransferOutcome.Done, outcome);
        Assert.Equal(target, now);
        await NodeCluster.UntilAsync(
            "the target leads", () => cluster[NodeCluster.NumberOf(target)].Node.Status.Role == Role.Leader);
        await WriteAsync(cluster, "after");
    }

    [Fact]
    public async Task A_leader_that_stops_hands_over_without_an_election_timeout()
    {
        await using var cluster = await NodeCluster.StartAsync(_directory, voters: 3);
        await WriteAsync(cluster, "before");
        var leader = await cluster.LeaderAsync();
        var term = cluster[NodeCluster.NumberOf(leader)].Node.Status.Term;
        await cluster.StopAsync(leader);

        // It was gone only after another led: nobody had to notice that it was missing.
        var next = cluster.Live.Select(node => node.Node.Status).Single(one => one.Role == Role.Leader);
        Assert.Equal(term.Next, next.Term);
        await WriteAsync(cluster, "after");
    }

    private static MembershipChange Of(MemberChangeKind kind, int number) =>
        new() { Members = [new MemberChange(kind, TestNode.Id(number))] };

    private static async Task WriteAsync(NodeCluster cluster, string prefix, int except = -1)
    {
        var node = cluster.Live.First(one => one.Node.Status.Self != TestNode.Id(except));
        var applied = 0;
        for (var i = 0; applied < 20; i++)
        {
            // On a busy machine leadership may be lost meanwhile: then the outcome is unknown.
            Assert.True(i < 200, $"{applied} of {i} writes were applied");
            var outcome = await node.ProposeAsync($"{prefix} {i}")
                .WaitAsync(Patience, TestContext.Current.CancellationToken);
            applied += outcome.Kind == OutcomeKind.Applied ? 1 : 0;
        }
    }

    private static async Task CaughtUpAsync(NodeCluster cluster, int number)
    {
        var leader = cluster[NodeCluster.NumberOf(await cluster.LeaderAsync())];
        await NodeCluster.UntilAsync(
            $"node {number} has what node {leader.Node.Status.Self} has",
            () => cluster[number].Machine.Commands.SequenceEqual(leader.Machine.Commands),
            () => string.Join(
                '\n', cluster.Live.Select(node => $"{node.Node.Status} {node.Node.Membership}")));
    }
}
