namespace Ikada.Tests.Joining;

/// <summary>Nodes that are reached elsewhere than before, with the directory that they had.</summary>
public sealed class MovedNodeTests
{
    [Fact]
    public async Task A_node_started_at_another_address_tells_its_group_by_itself()
    {
        await using var group = await Group.StartAsync("a", "b", "c");
        await group["a"].ProposeAsync(new Add(1), Group.Token);
        await group.BoundAsync();
        await group.StopNodeAsync("c");
        var options = group.OptionsOf("c");
        options.Listen = options.Address = group.JoinOptionsOf("c", "a").Listen;

        var events = await group.StartNodeAsync(options);

        await IsAtAsync(group["a"], "c", options.Address!);
        Assert.Contains(group.AddressOf("c"), await events.WaitForAsync(416), StringComparison.Ordinal);
        // It is reached there: the others can do without each other.
        var other = group.Nodes.Values.First(node => node.Status.Name != "c");
        await group.StopNodeAsync(group.Nodes.Values.First(
            node => node != other && node.Status.Name != "c").Status.Name);
        Assert.Equal(3, (await other.ProposeAsync(new Add(2), Group.Token)).Result);
    }

    [Fact]
    public async Task An_operator_says_where_a_node_is_from_now_on_and_a_contradiction_is_logged()
    {
        await using var group = await Group.StartAsync("a", "b", "c");
        await group["a"].ProposeAsync(new Add(1), Group.Token);
        await group.BoundAsync();
        await group.StopNodeAsync("c");
        var options = group.OptionsOf("c");
        options.Listen = group.JoinOptionsOf("c", "a").Listen;

        await group["b"].Members.UpdateAsync("c", options.Listen!, Group.Token);
        await IsAtAsync(group["b"], "c", options.Listen!);
        var events = await group.StartNodeAsync(options);

        // Its initial members still have the old address, which must not win.
        Assert.Contains("set RaftOptions.Address", await events.WaitForAsync(417), StringComparison.Ordinal);
        Assert.Equal(1, await group["c"].QueryAsync(counter => counter.Value, cancellation: Group.Token));
        await IsAtAsync(group["c"], "c", options.Listen!);
    }

    [Fact]
    public async Task An_address_of_another_member_is_refused()
    {
        await using var group = await Group.StartAsync("a", "b");
        await group["a"].ProposeAsync(new Add(1), Group.Token);

        var taken = await Assert.ThrowsAsync<MembershipException>(
            () => group["a"].Members.UpdateAsync("b", group.AddressOf("a"), Group.Token));
        Assert.Contains("is that of a", taken.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<MembershipException>(
            () => group["a"].Members.UpdateAsync("x", "127.0.0.1:1", Group.Token));
        await Assert.ThrowsAsync<ArgumentException>(
            () => group["a"].Members.UpdateAsync("b", "nowhere", Group.Token));
    }

    private static async Task IsAtAsync(IRaft node, string name, string address)
    {
        while (node.Members.Current.First(member => member.Name == name).Address != address)
        {
            await Task.Delay(10, Group.Token);
        }
    }
}
