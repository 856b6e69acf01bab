using System.Buffers;
using Ikada.Log;
using Ikada.Primitives;

namespace Ikada.Tests;

/// <summary>A state machine that fails: the node says at which command, or over which file.</summary>
public sealed class StateMachineFailureTests
{
    [Fact]
    public async Task A_snapshot_that_does_not_restore_ends_the_start_and_is_named_with_its_index()
    {
        await using var group = await Group.StartAsync("a");
        await group["a"].ProposeAsync(new Add(1), Group.Token);
        var index = await group["a"].SnapshotAsync(Group.Token);
        await group.StopNodeAsync("a");

        var error = await Assert.ThrowsAnyAsync<LogOpenException>(
            () => Raft.StartAsync(group.OptionsOf("a"), new Stranger(), cancellation: Group.Token));

        Assert.Contains($"snapshot-{1:x16}-{index.Value:x16}-", error.Message, StringComparison.Ordinal);
        Assert.Contains("KeyNotFoundException: no such thing", error.Message, StringComparison.Ordinal);
        Assert.Contains("Start the program that wrote it", error.Message, StringComparison.Ordinal);
        Assert.IsType<KeyNotFoundException>(error.InnerException);
    }

    [Fact]
    public async Task A_command_that_cannot_be_read_stops_the_node_with_its_index()
    {
        await using var group = await Group.StartAsync("a");
        var raw = (IRaft)group["a"];

        var outcome = await raw.ProposeAsync("no JSON"u8.ToArray(), Group.Token);

        Assert.Equal(OutcomeStatus.Unknown, outcome.Status);
        var reason = await Assert.ThrowsAsync<Node.NodeStoppedException>(() => raw.Completion);
        Assert.Matches(@"Counter threw JsonException at the Add of index \d+:", reason.Message);
    }

    private sealed class Stranger : IStateMachine<Add, long>
    {
        public long Apply(LogIndex index, Add command) => command.Amount;

        public Action<IBufferWriter<byte>> CaptureSnapshot() => _ => { };

        public void Restore(ReadOnlySequence<byte> snapshot) =>
            throw new KeyNotFoundException("no such thing");
    }
}
