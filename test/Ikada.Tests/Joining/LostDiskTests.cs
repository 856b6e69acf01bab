namespace Ikada.Tests.Joining;

/// <summary>Nodes that come back under their names with empty disks, and groups that are founded: to a node
/// both look the same until it has asked.</summary>
public sealed class LostDiskTests
{
    [Fact]
    public async Task A_group_is_founded_once_all_founders_are_there_in_any_order()
    {
        await using var group = new Group();
        foreach (var name in new[] { "a", "b", "c" })
        {
            group.Add(name);
        }

        var first = await group.StartNodeAsync(group.OptionsOf("a"));
        await group.StartNodeAsync("b");
        Assert.Contains("c at", await first.WaitForAsync(402), StringComparison.Ordinal);
        Assert.All(group.Nodes.Values, node => Assert.Equal(0ul, node.Status.Term.Value));

        await group.StartNodeAsync("c");

        var outcome = await group["a"].ProposeAsync(new Add(1), Group.Token);
        Assert.Equal(1, outcome.Result);
        // The others may have elected a leader before it had its last answer.
        int[] told = [.. first.OfJoining];
        Assert.True(told is [400, 402] or [400, 402, 401], string.Join(' ', told));
    }

    [Fact]
    public async Task A_node_that_lost_its_disk_comes_back_by_itself_as_a_learner_and_votes_again()
    {
        await using var group = await Group.StartAsync("a", "b", "c");
        await group["a"].ProposeAsync(new Add(5), Group.Token);
        await group.BoundAsync();
        var lost = (await group.LeaderAsync()).Status.Name;
        await group.StopNodeAsync(lost);
        group.Wipe(lost);
        var other = group.Nodes.Values.First();
        await other.ProposeAsync(new Add(6), Group.Token);

        var events = await group.StartNodeAsync(group.OptionsOf(lost));

        await events.WaitForAsync(411);
        Assert.Equal(
            [400, 404, 407, 410, 411],
            events.OfJoining.Where(id => id is 400 or 401 or 403 or 404 or 407 or 410 or 411));
        Assert.Equal(11, await group[lost].QueryAsync(counter => counter.Value, cancellation: Group.Token));
        await Group.HasMembersAsync(other, "a b c");
    }

    [Fact]
    public async Task A_node_that_had_joined_and_lost_its_disk_joins_again()
    {
        await using var group = await Group.StartAsync("a", "b");
        await group["a"].ProposeAsync(new Add(5), Group.Token);
        var options = group.JoinOptionsOf("d", "b");
        await group.StartNodeAsync(options);
        await Group.HasMembersAsync(group["d"], "a b d");
        await group.StopNodeAsync("d");
        group.Wipe("d");

        var events = await group.StartNodeAsync(options);

        await events.WaitForAsync(411);
        Assert.Equal(5, await group["d"].QueryAsync(counter => counter.Value, cancellation: Group.Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_majority_with_lost_disks_does_not_found_the_group_again(bool survivorIsUp)
    {
        await using var group = await Group.StartAsync("a", "b", "c");
        await group["a"].ProposeAsync(new Add(5), Group.Token);
        await group.BoundAsync();
        await group["c"].QueryAsync(counter => counter.Value, cancellation: Group.Token);
        foreach (var name in new[] { "a", "b", "c" })
        {
            await group.StopNodeAsync(name);
        }

        group.Wipe("a");
        group.Wipe("b");
        if (survivorIsUp)
        {
            await group.StartNodeAsync("c");
        }

        var events = await Task.WhenAll(
            group.StartNodeAsync(group.OptionsOf("a")), group.StartNodeAsync(group.OptionsOf("b")));
        var word = survivorIsUp ? 404 : 402;
        await Task.WhenAll(events.Select(each => each.WaitForAsync(word)));
        if (survivorIsUp)
        {
            // Time for an election, if one were possible.
            Assert.Contains("ikada recover", await events[0].WaitForAsync(408), StringComparison.Ordinal);
            await Task.Delay(TimeSpan.FromSeconds(1.5), Group.Token);
        }
        else
        {
            await group.StartNodeAsync("c");
            await Task.WhenAll(events.Select(each => each.WaitForAsync(404)));
        }

        Assert.All(group.Nodes.Values, node => Assert.Null(node.Status.Leader));
        Assert.Equal(0ul, group["a"].Status.LastIndex.Value + group["b"].Status.LastIndex.Value);
        Assert.True(group["c"].Status.LastIndex.Value > 0);
    }
}
