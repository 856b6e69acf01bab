namespace Ikada.Tests;

/// <summary>The library as a program uses it.</summary>
public sealed class RaftTests
{
    [Fact]
    public async Task A_command_is_applied_on_every_node_and_its_result_comes_back_wherever_it_is_proposed()
    {
        await using var group = await Group.StartAsync("a", "b", "c");
        var total = 0L;
        foreach (var node in group.Nodes.Values)
        {
            var outcome = await node.ProposeAsync(new Add(5), Group.Token);
            Assert.Equal(total += 5, outcome.Result);
        }

        foreach (var node in group.Nodes.Values)
        {
            Assert.Equal(15, await node.QueryAsync(counter => counter.Value, cancellation: Group.Token));
        }
    }

    [Fact]
    public async Task State_outlives_a_restart_of_all_nodes_from_log_and_snapshot()
    {
        await using var group = await Group.StartAsync("a");
        await group["a"].ProposeAsync(new Add(1), Group.Token);
        var index = await group["a"].SnapshotAsync(Group.Token);
        await group["a"].ProposeAsync(new Add(2), Group.Token);
        Assert.True(index.Value > 0);

        await group.StopNodeAsync("a");
        await group.StartNodeAsync("a");

        Assert.Equal(3, await group["a"].QueryAsync(counter => counter.Value, cancellation: Group.Token));
    }

    [Fact]
    public async Task Leadership_can_be_awaited_and_is_taken_back_when_it_is_handed_over()
    {
        await using var group = await Group.StartAsync("a", "b", "c");
        var leader = await group.LeaderAsync();
        var tenure = await leader.Leadership.AcquireAsync(Group.Token);
        Assert.False(tenure.Lost.IsCancellationRequested);
        await Task.WhenAll(group.Nodes.Values.Select(
            node => node.ProposeAsync(new Add(1), Group.Token).AsTask()));

        await leader.Members.TransferLeadershipAsync(cancellation: Group.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Task.Delay(TimeSpan.FromSeconds(20), tenure.Lost));
        var other = await Task.WhenAny(group.Nodes.Values.Where(node => node != leader)
            .Select(node => node.Leadership.AcquireAsync(Group.Token)));
        Assert.True((await other).Term > tenure.Term);
    }

    [Fact]
    public async Task A_cancelled_command_is_unknown_and_a_stopped_node_says_so()
    {
        await using var group = await Group.StartAsync("a", "b", "c");
        var leader = await group.LeaderAsync();
        foreach (var other in group.Nodes.Where(node => node.Value != leader).Select(node => node.Key).ToList())
        {
            await group.StopNodeAsync(other);
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var outcome = await leader.ProposeAsync(new Add(1), patience.Token);
        Assert.NotEqual(OutcomeStatus.Applied, outcome.Status);

        await leader.DisposeAsync();
        await Assert.ThrowsAsync<Node.NodeStoppedException>(
            () => leader.ProposeAsync(new Add(1), Group.Token).AsTask());
    }
}
