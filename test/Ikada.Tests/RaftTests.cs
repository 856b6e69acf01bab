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
        string[] others = [.. group.Nodes.Where(node => node.Value != leader).Select(node => node.Key)];
        foreach (var other in others)
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

    [Fact]
    public async Task Commands_are_applied_once_each_while_leadership_moves_and_more_are_under_way_than_fit()
    {
        const int Commands = 600;
        await using var group = await Group.StartAsync(
            options => options.Sessions = new() { CommandsPerSessionMax = 16 }, "a", "b", "c");
        var all = Task.WhenAll(Enumerable.Range(0, Commands).Select(
            _ => group["a"].ProposeAsync(new Add(1), Group.Token).AsTask()));
        var transfers = 0;
        while (!all.IsCompleted)
        {
            var leader = await group.LeaderAsync();
            // Not done where it lost leadership meanwhile, or nobody had caught up.
            var refused = await Record.ExceptionAsync(
                () => leader.Members.TransferLeadershipAsync(cancellation: Group.Token));
            Assert.True(refused is null or MembershipException, $"{refused}");
            transfers += refused is null ? 1 : 0;
        }

        Assert.True(transfers > 0);

        Assert.All(await all, outcome => Assert.True(outcome.IsApplied, outcome.ToString()));
        Assert.Equal(
            Commands, await group["b"].QueryAsync(counter => counter.Value, cancellation: Group.Token));
        Assert.Equal(Commands, (await all).Select(outcome => outcome.Result).Distinct().Count());
    }

    [Fact]
    public async Task Who_waits_for_room_in_a_session_is_let_in_as_he_came_and_who_gave_up_is_passed_over()
    {
        await using var group = await Group.StartAsync(
            options => options.Sessions = new() { CommandsPerSessionMax = 1 }, "a");
        using var impatient = new CancellationTokenSource();
        var calls = Enumerable.Range(0, 60).Select(call => group["a"].ProposeAsync(
            new Add(1), call % 3 == 2 ? impatient.Token : Group.Token).AsTask()).ToList();
        await impatient.CancelAsync();
        var outcomes = await Task.WhenAll(calls);
        var patient = outcomes.Where((_, call) => call % 3 != 2).ToList();
        Assert.All(patient, outcome => Assert.True(outcome.IsApplied, outcome.ToString()));
        var indexes = patient.Select(outcome => outcome.Index).ToList();
        Assert.Equal(indexes.Order(), indexes);
        Assert.Contains(outcomes, outcome => outcome.Status == OutcomeStatus.Refused);
    }

    [Fact]
    public async Task A_session_that_expired_is_replaced_and_what_was_in_no_doubt_goes_through()
    {
        await using var group = await Group.StartAsync(
            options => options.Sessions = new() { SessionsMax = 1 }, "a", "b", "c");
        for (var round = 1; round <= 3; round++)
        {
            // The session of one takes the place of the other's.
            Assert.Equal((2 * round) - 1, (await group["a"].ProposeAsync(new Add(1), Group.Token)).Result);
            Assert.Equal(2 * round, (await group["b"].ProposeAsync(new Add(1), Group.Token)).Result);
        }
    }

    [Fact]
    public async Task Without_sessions_commands_go_as_they_are()
    {
        await using var group = await Group.StartAsync(options => options.Sessions = null, "a");
        var first = await group["a"].ProposeAsync(new Add(2), Group.Token);
        var second = await group["a"].ProposeAsync(new Add(2), Group.Token);
        Assert.Equal(4, second.Result);
        Assert.Equal(first.Index.Value + 1, second.Index.Value);
    }
}
