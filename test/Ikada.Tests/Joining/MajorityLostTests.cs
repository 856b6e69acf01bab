using Ikada.Log;
using Ikada.Node;
using Ikada.Node.Disk;

namespace Ikada.Tests.Joining;

/// <summary>Two of three nodes are lost for good.</summary>
public sealed class MajorityLostTests
{
    [Fact]
    public async Task The_survivor_serves_all_its_data_others_join_it_and_an_old_member_is_refused()
    {
        await using var group = await StoppedAsync();
        var plan = Recover(group, "c");
        Assert.NotEqual(plan.Identity.Cluster, plan.Cluster);

        var survivor = await group.StartNodeAsync(group.OptionsOf("c"));
        Assert.Equal(12, await group["c"].QueryAsync(counter => counter.Value, cancellation: Group.Token));
        await group["c"].ProposeAsync(new Add(1), Group.Token);
        await Group.HasMembersAsync(group["c"], "c");

        // Its log has all that the survivor's had, and more votes would make it a leader.
        var old = await group.StartNodeAsync(group.OptionsOf("b"));
        await old.WaitForAsync(203, "belongs to cluster");
        await survivor.WaitForAsync(206, "WrongCluster");
        Assert.Null(group["b"].Status.Leader);
        await group.StopNodeAsync("b");
        group.Wipe("b");

        await group.StartNodeAsync(group.JoinOptionsOf("b", "c"));
        await Group.HasMembersAsync(group["b"], "b c");
        Assert.Equal(13, await group["b"].QueryAsync(counter => counter.Value, cancellation: Group.Token));
    }

    [Fact]
    public async Task A_recovery_that_was_cut_off_is_completed_and_is_not_done_twice()
    {
        await using var group = await StoppedAsync();
        var directory = group.OptionsOf("c").DataDirectory;
        var identity = File.ReadAllBytes(Path.Combine(directory, NodeDirectory.FileName));
        var first = Recover(group, "c");
        // As if the identity, which is written last, had not been.
        File.WriteAllBytes(Path.Combine(directory, NodeDirectory.FileName), identity);

        var second = Recover(group, "c");
        Assert.True(second.IsCut && !first.IsCut);
        Assert.Equal(first.Cluster, second.Cluster);
        await group.StartNodeAsync("c");
        Assert.Equal(12, await group["c"].QueryAsync(counter => counter.Value, cancellation: Group.Token));

        await group.StopNodeAsync("c");
        var twice = Assert.Throws<InvalidOperationException>(() => Recover(group, "c"));
        Assert.Contains("is its only member already", twice.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_with_a_snapshot_recovers_and_a_plan_changes_nothing()
    {
        await using var group = await StoppedAsync(takeSnapshot: true);
        var directory = group.OptionsOf("c").DataDirectory;
        var before = Directory.GetFiles(directory).ToDictionary(file => file, File.ReadAllBytes);
        using (var disk = new FileDisk(directory))
        {
            Assert.Null(MajorityLost.Plan(disk).Obstacle);
        }

        Assert.All(before, file => Assert.Equal(file.Value, File.ReadAllBytes(file.Key)));

        Recover(group, "c");
        await group.StartNodeAsync("c");
        Assert.Equal(12, await group["c"].QueryAsync(counter => counter.Value, cancellation: Group.Token));
    }

    [Fact]
    public async Task A_directory_that_runs_or_holds_nothing_is_left_alone()
    {
        await using var group = await Group.StartAsync("a");
        Assert.Throws<DirectoryHeldException>(() => new FileDisk(group.OptionsOf("a").DataDirectory));

        using var disk = new FileDisk(group.OptionsOf("new").DataDirectory);
        Assert.ThrowsAny<LogOpenException>(() => MajorityLost.Plan(disk));
    }

    private static RecoveryPlan Recover(Group group, string name)
    {
        using var disk = new FileDisk(group.OptionsOf(name).DataDirectory);
        return MajorityLost.Run(disk);
    }

    private static async Task<Group> StoppedAsync(bool takeSnapshot = false)
    {
        var group = await Group.StartAsync("a", "b", "c");
        await group["a"].ProposeAsync(new Add(5), Group.Token);
        if (takeSnapshot)
        {
            await group["c"].QueryAsync(counter => counter.Value, cancellation: Group.Token);
            await group["c"].SnapshotAsync(Group.Token);
        }

        await group["b"].ProposeAsync(new Add(7), Group.Token);
        await group.BoundAsync();
        foreach (var node in group.Nodes.Values)
        {
            await node.QueryAsync(counter => counter.Value, cancellation: Group.Token);
        }

        foreach (var name in new[] { "a", "b", "c" })
        {
            await group.StopNodeAsync(name);
        }

        return group;
    }
}
