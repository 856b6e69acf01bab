using System.Buffers.Binary;
using Ikada.Replica;

namespace Ikada.Tests;

/// <summary>State machines that keep themselves on disk.</summary>
public sealed class DurableMachineTests
{
    [Fact]
    public async Task What_was_not_durable_when_the_process_ended_is_applied_again_and_nothing_else()
    {
        await using var group = new Group();
        var options = group.Add("a");
        var first = new TallyOnDisk(PathOf(options));
        await using (var raft = await Raft.StartAsync(options, first, cancellation: Group.Token))
        {
            first.FlushesAlways = true;
            await AddAsync(raft, count: 5);
            first.FlushesAlways = false;
            await AddAsync(raft, count: 3);
            Assert.True(first.DurableAppliedIndex < first.AppliedIndex);
            Assert.Equal(first.DurableAppliedIndex, raft.Status.Details.DurableApplied);
        }

        var second = new TallyOnDisk(PathOf(options));
        Assert.Equal(5, second.Sum);
        Assert.Equal(first.DurableAppliedIndex, second.AppliedIndex);
        await using var again = await Raft.StartAsync(options, second, cancellation: Group.Token);

        Assert.Equal(8, await again.QueryAsync(tally => tally.Sum, cancellation: Group.Token));
        Assert.Equal(first.DurableAppliedIndex.Next, second.FirstGiven);
        Assert.Equal(0, second.PiecesRestored);
        Assert.Equal(9, await AddAsync(again, count: 1));
    }

    [Fact]
    public async Task A_member_that_was_away_gets_a_snapshot_in_pieces_and_holds_it_after_a_restart()
    {
        await using var group = new Group();
        RaftOptions[] all = [group.Add("a"), group.Add("b"), group.Add("c")];
        all = [.. all.Select(one => Often(group.OptionsOf(one.Name)))];
        // A group is founded by all of its first members.
        var rafts = await Task.WhenAll(all.Select(StartAsync));
        var total = await AddAsync(rafts[2], count: 1);
        await rafts[2].DisposeAsync();
        rafts = rafts[..2];
        total = await AddAsync(rafts[0], count: 60);
        while (rafts.Any(raft => raft.Status.Details.LogFirst.Value < 20))
        {
            total = await AddAsync(rafts[0], count: 1);
        }

        var late = new TallyOnDisk(PathOf(all[2])) { FlushesAlways = true };
        await using (var raft = await Raft.StartAsync(all[2], late, cancellation: Group.Token))
        {
            Assert.Equal(total, await raft.QueryAsync(tally => tally.Sum, cancellation: Group.Token));
            Assert.True(late.PiecesRestored > 1);
        }

        var again = new TallyOnDisk(PathOf(all[2]));
        Assert.Equal(total, again.Sum);
        await using (var raft = await Raft.StartAsync(all[2], again, cancellation: Group.Token))
        {
            total = await AddAsync(raft, count: 1);
            Assert.Equal(total, again.Sum);
            Assert.Equal(0, again.PiecesRestored);
        }

        await Task.WhenAll(rafts.Select(raft => raft.DisposeAsync().AsTask()));

        static Task<IRaft<TallyOnDisk>> StartAsync(RaftOptions options) => Raft.StartAsync(
            options, new TallyOnDisk(PathOf(options)) { FlushesAlways = true }, cancellation: Group.Token);
    }

    private static RaftOptions Often(RaftOptions options)
    {
        options.Node = options.Node with
        {
            Replica = new ReplicaOptions
            {
                SnapshotEntries = 20, RetainedEntriesMin = 0, RetainedGrowthBytesMax = 0,
                SnapshotBlockBytes = 64,
            },
        };
        return options;
    }

    private static string PathOf(RaftOptions options) => Path.Combine(options.DataDirectory, "tally");

    private static async Task<long> AddAsync(IRaft<TallyOnDisk> raft, int count)
    {
        var one = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(one, 1);
        var last = 0L;
        for (var i = 0; i < count; i++)
        {
            var outcome = await raft.ProposeAsync(one, Group.Token);
            Assert.Equal(OutcomeStatus.Applied, outcome.Status);
            last = BinaryPrimitives.ReadInt64LittleEndian(outcome.Result.Span);
        }

        return last;
    }
}
