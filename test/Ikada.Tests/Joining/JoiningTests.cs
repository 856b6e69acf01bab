namespace Ikada.Tests.Joining;

/// <summary>A node that starts with nothing but the address of a member.</summary>
public sealed class JoiningTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    [InlineData("c")]
    public async Task A_node_joins_by_the_address_of_any_member_catches_up_and_votes(string known)
    {
        await using var group = await Group.StartAsync("a", "b", "c");
        var before = await group["b"].ProposeAsync(new Add(7), Group.Token);
        Assert.Equal(7, before.Result);

        var events = await group.StartNodeAsync(group.JoinOptionsOf("d", known));

        await Group.HasMembersAsync(group["d"], "a b c d");
        Assert.Equal(7, await group["d"].QueryAsync(counter => counter.Value, cancellation: Group.Token));
        await events.WaitForAsync(411);
        Assert.Equal([407, 410, 411], events.OfJoining.Distinct().Where(id => id is 407 or 410 or 411));
    }

    [Fact]
    public async Task A_learner_stays_one_and_a_restart_needs_nobody_s_leave()
    {
        await using var group = await Group.StartAsync("a");
        await group["a"].ProposeAsync(new Add(1), Group.Token);
        var options = group.JoinOptionsOf("d", "a");
        options.JoinAs = JoinRole.Learner;
        await group.StartNodeAsync(options);
        await Group.HasMembersAsync(group["d"], "a d?");

        await group.StopNodeAsync("d");
        await group["a"].ProposeAsync(new Add(2), Group.Token);
        var events = await group.StartNodeAsync(options);

        Assert.Equal(3, await group["d"].QueryAsync(counter => counter.Value, cancellation: Group.Token));
        Assert.Empty(events.OfJoining);
        await Group.HasMembersAsync(group["a"], "a d?");
    }

    [Fact]
    public async Task A_name_of_a_node_that_is_alive_is_taken()
    {
        await using var group = await Group.StartAsync("a", "b", "c");
        var leader = await group.LeaderAsync();
        foreach (var name in new[] { leader.Status.Name, group.Nodes.Keys.First(
            name => name != leader.Status.Name) })
        {
            await Task.WhenAll(group.Nodes.Values.Select(
                node => node.ProposeAsync(new Add(1), Group.Token).AsTask()));
            var options = group.JoinOptionsOf(name, "a");
            options.DataDirectory += "-other";

            var refusal = await Assert.ThrowsAsync<RaftJoinException>(
                () => Raft.StartAsync(options, new Counter(), cancellation: Group.Token));

            Assert.Contains($"the name '{name}' is that of a member which is alive", refusal.Message,
                StringComparison.Ordinal);
            Assert.Equal("a b c", string.Join(' ', leader.Members.Current.Select(member => member.Name)));
            Assert.All(leader.Members.Current, member => Assert.True(member.IsVoter));
        }
    }

    [Fact]
    public async Task Nobody_gets_in_where_joins_are_not_accepted_but_by_an_operator()
    {
        await using var group = new Group();
        var founder = group.Add("a");
        founder.AcceptsJoins = false;
        await group.StartNodeAsync(founder);
        var options = group.JoinOptionsOf("d", "a");

        var refusal = await Assert.ThrowsAsync<RaftJoinException>(
            () => Raft.StartAsync(options, new Counter(), cancellation: Group.Token));
        Assert.Contains("RaftOptions.AcceptsJoins", refusal.Message, StringComparison.Ordinal);

        await group["a"].Members.AddLearnerAsync("d", options.Listen!, Group.Token);
        await group.StartNodeAsync(options);
        await group["a"].Members.PromoteAsync("d", Group.Token);
        await Group.HasMembersAsync(group["d"], "a d");
    }

    [Fact]
    public async Task A_joining_node_of_another_group_is_refused_with_both_names_and_the_remedy()
    {
        await using var group = await Group.StartAsync("a");
        var options = group.JoinOptionsOf("d", "a");
        options.Cluster = "other";

        var refusal = await Assert.ThrowsAsync<RaftJoinException>(
            () => Raft.StartAsync(options, new Counter(), cancellation: Group.Token));

        Assert.Contains("'other'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("'test'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("set RaftOptions.Cluster of d to 'test'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_with_another_group_s_data_is_refused_with_both_names_and_the_remedy()
    {
        await using var group = await Group.StartAsync("a");
        await using var other = await Group.StartAsync("d");
        await other.StopNodeAsync("d");
        var options = group.JoinOptionsOf("d", "a");
        options.DataDirectory = other.OptionsOf("d").DataDirectory;

        // Both groups have the same name, so only the members can tell.
        var refusal = await Assert.ThrowsAsync<RaftJoinException>(
            () => Raft.StartAsync(options, new Counter(), cancellation: Group.Token));
        Assert.Contains("set RaftOptions.DataDirectory of d to an empty directory", refusal.Message,
            StringComparison.Ordinal);

        options.Cluster = "elsewhere";
        var foreign = await Assert.ThrowsAsync<Log.ForeignDirectoryException>(
            () => Raft.StartAsync(options, new Counter(), cancellation: Group.Token));
        Assert.Contains("belongs to node 'd' of the group 'test'", foreign.Message, StringComparison.Ordinal);
        Assert.Contains("node 'd' of the group 'elsewhere'", foreign.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_removed_node_does_not_come_back_by_itself()
    {
        await using var group = await Group.StartAsync("a");
        var options = group.JoinOptionsOf("d", "a");
        options.JoinAs = JoinRole.Learner;
        await group.StartNodeAsync(options);
        await Group.HasMembersAsync(group["d"], "a d?");
        await group["a"].Members.RemoveAsync("d", Group.Token);
        await group.StopNodeAsync("d");

        // Whether it has read of its removal or not, it asks for no more than a vote.
        options.JoinAs = JoinRole.Voter;
        var events = await group.StartNodeAsync(options);

        Assert.Contains("no member (any more)", await events.WaitForAsync(408), StringComparison.Ordinal);
        await Group.HasMembersAsync(group["a"], "a");
    }

    [Fact]
    public async Task Changes_may_be_asked_of_any_node()
    {
        await using var group = await Group.StartAsync("a", "b", "c");
        var leader = await group.LeaderAsync();
        var follower = group.Nodes.Values.First(node => node != leader);
        var options = group.JoinOptionsOf("d", "a");
        options.JoinAs = JoinRole.Learner;

        await follower.Members.AddLearnerAsync("d", options.Listen!, Group.Token);
        await group.StartNodeAsync(options);
        await follower.Members.PromoteAsync("d", Group.Token);
        Assert.Contains(follower.Members.Current, member => member is { Name: "d", IsVoter: true });
        await follower.Members.RemoveAsync("d", Group.Token);
        Assert.DoesNotContain(follower.Members.Current, member => member.Name == "d");

        await follower.Members.TransferLeadershipAsync(follower.Status.Name, Group.Token);
        await follower.Leadership.AcquireAsync(Group.Token);
    }
}
