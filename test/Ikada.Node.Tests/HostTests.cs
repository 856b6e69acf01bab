using Ikada.Primitives;
using Ikada.Replica;

namespace Ikada.Node.Tests;

/// <summary>Several groups in one process, over one log and one transport.</summary>
public sealed class HostTests : IDisposable
{
    private static readonly GroupId A = new(7);
    private static readonly GroupId B = new(8);

    private readonly string _directory = Directory.CreateTempSubdirectory("ikada-host-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Groups_share_a_log_and_keep_their_commands_apart_across_a_restart()
    {
        await using (var host = await TestHost.StartAsync(_directory))
        {
            await host.OpenAsync(A);
            await host.OpenAsync(B);
            await host.ProposeAsync(A, "a1");
            await host.ProposeAsync(B, "b1");
            await host.ProposeAsync(A, "a2");
        }

        await using var again = await TestHost.StartAsync(_directory);
        await again.OpenAsync(A);
        await again.ProposeAsync(A, "a3");
        await again.OpenAsync(B);
        await again.ProposeAsync(B, "b2");

        Assert.Equal(["a1", "a2", "a3"], again.Machine(A).Commands);
        Assert.Equal(["b1", "b2"], again.Machine(B).Commands);
    }

    [Fact]
    public async Task Each_group_has_snapshots_of_its_own()
    {
        await using (var host = await TestHost.StartAsync(_directory))
        {
            await host.OpenAsync(A);
            await host.OpenAsync(B);
            await host.ProposeAsync(A, "a1");
            await host.ProposeAsync(B, "b1");
            await host[A].TakeSnapshotAsync(TestContext.Current.CancellationToken);
            await host[B].TakeSnapshotAsync(TestContext.Current.CancellationToken);
            await host.ProposeAsync(B, "b2");
        }

        await using var again = await TestHost.StartAsync(_directory);
        await again.OpenAsync(A);
        await again.OpenAsync(B);
        await again.ProposeAsync(A, "a2");
        await again.ProposeAsync(B, "b3");

        Assert.Equal(["a1", "a2"], again.Machine(A).Commands);
        Assert.Equal(["b1", "b2", "b3"], again.Machine(B).Commands);
        Assert.True(again[A].Status.SnapshotIndex > LogIndex.Zero);
    }

    [Fact]
    public async Task A_closed_group_takes_nothing_and_the_others_go_on()
    {
        await using var host = await TestHost.StartAsync(_directory);
        await host.OpenAsync(A);
        await host.OpenAsync(B);
        await host.ProposeAsync(A, "a1");

        await host[A].DisposeAsync();

        Assert.Equal(TaskStatus.RanToCompletion, host[A].Completion.Status);
        await Assert.ThrowsAsync<NodeStoppedException>(() => host.ProposeAsync(A, "a2"));
        await host.ProposeAsync(B, "b1");
        Assert.Equal(["b1"], host.Machine(B).Commands);
        Assert.Single(host.Host.Groups);
    }

    [Fact]
    public async Task A_group_is_opened_once()
    {
        await using var host = await TestHost.StartAsync(_directory);
        await host.OpenAsync(A);

        var twice = await Assert.ThrowsAsync<ArgumentException>(() => host.OpenAsync(A));
        Assert.Contains("group 7 was opened before", twice.Message, StringComparison.Ordinal);
        var none = await Assert.ThrowsAsync<ArgumentException>(() => host.OpenAsync(default));
        Assert.Contains("1 or more", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_machine_that_throws_stops_all_groups_and_names_its_own()
    {
        await using var host = await TestHost.StartAsync(_directory);
        await host.OpenAsync(A);
        await host.OpenAsync(B);
        await host.ProposeAsync(B, "b1");

        Assert.Equal(OutcomeKind.Unknown, (await host.TryProposeAsync(A, "boom")).Kind);

        var reason = await Assert.ThrowsAsync<NodeStoppedException>(
            () => host.Host.Completion.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Contains("the state machine of group 7 failed", reason.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NodeStoppedException>(() => host.ProposeAsync(B, "b2"));
        await Assert.ThrowsAsync<NodeStoppedException>(() => host.OpenAsync(new GroupId(9)));
    }

    [Fact]
    public async Task Groups_of_three_processes_elect_each_for_itself_and_survive_one_process()
    {
        await using var hosts = await HostCluster.StartAsync(_directory, groups: 6);
        foreach (var group in hosts.Groups)
        {
            await hosts.ProposeAsync(group, "one");
        }

        await hosts.StopAsync(0);
        foreach (var group in hosts.Groups)
        {
            await hosts.ProposeAsync(group, "two");
        }

        await hosts.StartAsync(0);
        foreach (var group in hosts.Groups)
        {
            await hosts.ProposeAsync(group, "three");
            await NodeCluster.UntilAsync(
                $"group {group} is the same everywhere",
                () => hosts.Live.All(host => host.Machine(group).Commands is ["one", "two", "three"]));
        }
    }
}
