using System.Text;
using Ikada.Consensus;
using Ikada.Replica;

namespace Ikada.Node.Tests;

public sealed class SingleNodeTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly string _directory = Directory.CreateTempSubdirectory("ikada-node-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_write_is_applied_and_answered_and_a_read_barrier_waits_for_it()
    {
        await using var one = await TestNode.StartAsync(_directory);
        var outcome = await one.ProposeAsync("a").WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(OutcomeKind.Applied, outcome.Kind);
        Assert.Equal("1", Encoding.UTF8.GetString(outcome.Result.Span));

        var read = await one.Node.ReadBarrierAsync(TestContext.Current.CancellationToken);
        Assert.True(read.Ready);
        Assert.True(read.Index >= outcome.Position.Index);
        Assert.True(one.Machine.AppliedIndex >= read.Index);
        Assert.Equal(["a"], one.Machine.Commands);
    }

    [Fact]
    public async Task Writes_of_many_clients_are_each_applied_once_and_answered_with_their_own_result()
    {
        await using var one = await TestNode.StartAsync(_directory);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => one.ProposeAsync($"c{i}")))
            .WaitAsync(Patience, TestContext.Current.CancellationToken);
        var commands = one.Machine.Commands;
        Assert.Equal(500, commands.Count);
        for (var i = 0; i < outcomes.Length; i++)
        {
            Assert.Equal(OutcomeKind.Applied, outcomes[i].Kind);
            var place = int.Parse(
                Encoding.UTF8.GetString(outcomes[i].Result.Span),
                System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal($"c{i}", commands[place - 1]);
        }
    }

    [Fact]
    public async Task A_restart_keeps_what_was_acknowledged_in_its_order()
    {
        var written = Enumerable.Range(0, 50).Select(i => $"w{i}").ToArray();
        await using (var before = await TestNode.StartAsync(_directory))
        {
            foreach (var command in written)
            {
                Assert.Equal(OutcomeKind.Applied, (await before.ProposeAsync(command)).Kind);
            }
        }

        await using var after = await TestNode.StartAsync(_directory);
        Assert.True((await after.Node.ReadBarrierAsync(TestContext.Current.CancellationToken)).Ready);
        Assert.Equal(written, after.Machine.Commands);
    }

    [Fact]
    public async Task A_failed_sync_stops_the_node_with_its_reason_and_nobody_is_left_waiting()
    {
        await using var one = await TestNode.StartAsync(_directory);
        Assert.Equal(OutcomeKind.Applied, (await one.ProposeAsync("a")).Kind);
        one.Disk.FailSync = true;

        var outcome = await one.ProposeAsync("b").WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(OutcomeKind.Unknown, outcome.Kind);
        var error = await Assert.ThrowsAsync<NodeStoppedException>(
            () => one.Node.Completion.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Contains("fdatasync", error.Message, StringComparison.Ordinal);
        Assert.Contains("Input/output error", error.Message, StringComparison.Ordinal);

        // The disk would work again: a failed sync is never retried.
        one.Disk.FailSync = false;
        error = await Assert.ThrowsAsync<NodeStoppedException>(() => one.ProposeAsync("c"));
        Assert.Contains("fdatasync", error.Message, StringComparison.Ordinal);
        Assert.Equal(["a"], one.Machine.Commands);
    }

    [Fact]
    public async Task A_state_machine_that_waits_does_not_hold_up_a_node_that_fails()
    {
        await using var one = await TestNode.StartAsync(_directory);
        var waiting = one.ProposeAsync("wait");
        await one.Machine.Waits.WaitAsync(Patience, TestContext.Current.CancellationToken);
        one.Disk.FailSync = true;

        await one.ProposeAsync("b").WaitAsync(Patience, TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<NodeStoppedException>(
            () => one.Node.Completion.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Contains("fdatasync", error.Message, StringComparison.Ordinal);
        Assert.Equal(OutcomeKind.Unknown, (await waiting).Kind);
    }

    [Fact]
    public async Task A_state_machine_that_throws_stops_the_node_naming_the_index()
    {
        await using var one = await TestNode.StartAsync(_directory);
        var outcome =
            await one.ProposeAsync("boom").WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(OutcomeKind.Unknown, outcome.Kind);
        var error = await Assert.ThrowsAsync<NodeStoppedException>(
            () => one.Node.Completion.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Contains("the command of index 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("cannot digest boom", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_node_completes_and_refuses_with_a_reason()
    {
        var one = await TestNode.StartAsync(_directory);
        await one.ProposeAsync("a");
        await one.DisposeAsync();
        await one.Node.Completion.WaitAsync(Patience, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<NodeStoppedException>(() => one.ProposeAsync("b"));
    }

    [Fact]
    public async Task Without_a_majority_a_write_waits_until_cancelled_and_is_refused()
    {
        await using var one = await TestNode.StartAsync(_directory, members: 3);
        var refused = false;
        for (var i = 0; i < 10 && !refused; i++)
        {
            using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(150));
            var outcome = await one.ProposeAsync("a", soon.Token)
                .WaitAsync(Patience, TestContext.Current.CancellationToken);
            // A cancellation that falls into one of the attempts cannot know how it ends.
            Assert.NotEqual(OutcomeKind.Applied, outcome.Kind);
            refused = outcome is { Kind: OutcomeKind.Refused, Refusal: Refusal.NoLeader };
        }

        Assert.True(refused);
        using var gone = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        Assert.False((await one.Node.ReadBarrierAsync(gone.Token)).Ready);
    }

    [Fact]
    public async Task It_tells_how_long_the_disk_has_been_at_an_operation()
    {
        await using var one = await TestNode.StartAsync(_directory);
        await one.ProposeAsync("a");
        await UntilAsync(() => one.Node.DiskBusy == TimeSpan.Zero);
        one.Disk.Stall();
        var stalled = one.ProposeAsync("b");
        await UntilAsync(() => one.Node.DiskBusy > TimeSpan.FromMilliseconds(50));
        one.Disk.Resume();
        await stalled;
        await UntilAsync(() => one.Node.DiskBusy == TimeSpan.Zero);
    }

    [Fact]
    public async Task A_write_cancelled_after_it_was_handed_over_is_unknown_and_still_counts()
    {
        await using var one = await TestNode.StartAsync(_directory, options: TestNode.Options with
        {
            ProposalsInFlightMax = 1,
        });
        await one.ProposeAsync("a");
        one.Disk.Stall();
        using var cancellation = new CancellationTokenSource();
        var stalled = one.ProposeAsync("b", cancellation.Token);
        await cancellation.CancelAsync();
        Assert.Equal(OutcomeKind.Unknown, (await stalled).Kind);

        // It may yet happen, so its place is not free.
        var refused = await one.ProposeAsync("c");
        Assert.Equal(OutcomeKind.Refused, refused.Kind);
        Assert.Equal(Refusal.Overloaded, refused.Refusal);

        one.Disk.Resume();
        await UntilAsync(() => one.Machine.Commands.Count == 2);
        Assert.Equal(OutcomeKind.Applied, (await one.ProposeAsync("d")).Kind);
        Assert.Equal(["a", "b", "d"], one.Machine.Commands);
    }

    [Fact]
    public async Task A_command_over_the_limit_is_refused_naming_both_sizes()
    {
        await using var one = await TestNode.StartAsync(_directory);
        var error = await Assert.ThrowsAsync<ArgumentException>(
            () => one.ProposeAsync(new string('x', (1 << 20) + 1)));
        Assert.Contains("1048577 bytes", error.Message, StringComparison.Ordinal);
        Assert.Contains("1048576 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_setting_out_of_range_is_named_before_anything_is_opened()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(
            () => TestNode.StartAsync(_directory, options: TestNode.Options with { ReadsInFlightMax = 0 }));
        Assert.Contains("ReadsInFlightMax is 0", error.Message, StringComparison.Ordinal);
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        var end = DateTime.UtcNow + Patience;
        while (!holds())
        {
            Assert.True(DateTime.UtcNow < end, "waited in vain");
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }
    }
}
