using System.Diagnostics;
using Ikada.Consensus;
using Ikada.Log;
using Ikada.Replica;

namespace Ikada.Node.Tests;

/// <summary>Nodes over real files whose disks run out of space and have some again.</summary>
public sealed class NoSpaceTests : IDisposable
{
    private const StringComparison Ordinal = StringComparison.Ordinal;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly string Large = new('x', 16 << 10);

    private static readonly NodeOptions SmallSegments = TestNode.Options with
    {
        Log = new LogOptions { SegmentBytes = 256 << 10, PreparationBytes = 64 << 10 },
        ProposalBytesMax = 32 << 10,
    };

    private readonly string _directory = Directory.CreateTempSubdirectory("ikada-node-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_lone_node_refuses_writes_by_name_serves_reads_and_takes_writes_again_by_itself()
    {
        await using var one = await TestNode.StartAsync(_directory, options: SmallSegments);
        Assert.Equal(OutcomeKind.Applied, (await one.ProposeAsync("first")).Kind);
        one.Disk.IsFull = true;
        var (written, refused) = await FillAsync(one);
        Assert.Equal((OutcomeKind.Refused, Refusal.NoSpace), (refused.Kind, refused.Refusal));
        Assert.True(one.Node.Status.IsFull);
        Assert.True((await one.Node.ReadBarrierAsync(Cancelled)).Ready);
        Assert.Equal(written + 1, one.Machine.Commands.Count);

        one.Disk.IsFull = false;
        await NodeCluster.UntilAsync("there is space again", () => !one.Node.Status.IsFull);
        Assert.Equal(OutcomeKind.Applied, (await one.ProposeAsync("last")).Kind);
        Assert.Equal("last", one.Machine.Commands[^1]);
    }

    [Fact]
    public async Task Writes_that_could_not_be_written_in_place_are_written_when_there_is_space()
    {
        await using var one = await TestNode.StartAsync(_directory, options: SmallSegments);
        Assert.Equal(OutcomeKind.Applied, (await one.ProposeAsync("first")).Kind);
        one.Disk.FailsToOverwrite = true;
        var write = one.ProposeAsync("second");
        await NodeCluster.UntilAsync("it is full", () => one.Node.Status.IsFull);
        Assert.False(write.IsCompleted);
        Assert.Equal(Refusal.NoSpace, (await one.ProposeAsync("third")).Refusal);

        one.Disk.FailsToOverwrite = false;
        Assert.Equal(OutcomeKind.Applied, (await write.WaitAsync(Patience, Cancelled)).Kind);
        Assert.Equal(["first", "second"], one.Machine.Commands);
    }

    [Fact]
    public async Task A_full_leader_hands_over_and_clients_of_every_node_go_on()
    {
        await using var cluster = await NodeCluster.StartAsync(_directory, voters: 3, options: SmallSegments);
        var leader = NodeCluster.NumberOf(await cluster.LeaderAsync());
        cluster[leader].Disk.IsFull = true;
        await FillAsync(cluster[leader], () => cluster[leader].Node.Status.IsFull);
        await NodeCluster.UntilAsync(
            "all follow another",
            () => cluster.Live.All(node => !node.Node.Status.Leader.IsNone
                && node.Node.Status.Leader != TestNode.Id(leader)
                && node.Node.Status.Leader == cluster.Live[0].Node.Status.Leader));
        Assert.Equal(Refusal.NoSpace, (await cluster[leader].ProposeAsync("at the full one")).Refusal);
        foreach (var node in cluster.Live.Where(node => node != cluster[leader]))
        {
            var write = node.ProposeAsync($"at {node.Node.Status.Self}");
            Assert.Equal(OutcomeKind.Applied, (await write.WaitAsync(Patience, Cancelled)).Kind);
        }

        cluster[leader].Disk.IsFull = false;
        await NodeCluster.UntilAsync(
            "all have everything", () => cluster.Live.All(node =>
                node.Machine.Commands.SequenceEqual(cluster.Live[0].Machine.Commands)));
        Assert.Contains(cluster[leader].Machine.Commands, command => command.StartsWith("at", Ordinal));
    }

    [Fact]
    public async Task A_full_cluster_refuses_by_name_reads_on_and_writes_on_when_there_is_space()
    {
        await using var cluster = await NodeCluster.StartAsync(_directory, voters: 3, options: SmallSegments);
        await cluster.LeaderAsync();
        foreach (var node in cluster.Live)
        {
            node.Disk.IsFull = true;
        }

        var written = await FillAllAsync(cluster);
        Assert.True(written > 10);
        foreach (var node in cluster.Live)
        {
            await RefusesAsync(node);
        }

        var reads = cluster.Live.Select(node => node.Node.ReadBarrierAsync(Cancelled).AsTask()).ToArray();
        await LeaderReadsAsync(cluster, reads);
        foreach (var node in cluster.Live)
        {
            node.Disk.IsFull = false;
        }

        await NodeCluster.UntilAsync(
            "all have space again", () => cluster.Live.All(node => !node.Node.Status.IsFull));
        await NodeCluster.UntilAsync(
            "the leader is known", () => cluster.Live.All(node => !node.Node.Status.Leader.IsNone));
        var outcomes = await Task.WhenAll(reads).WaitAsync(Patience, Cancelled);
        Assert.All(outcomes, outcome => Assert.True(outcome.Ready));
        Assert.All(cluster.Live, node => Assert.True(node.Machine.Commands.Count >= written));
        Assert.Equal(
            OutcomeKind.Applied,
            (await cluster[1].ProposeAsync("yes").WaitAsync(Patience, Cancelled)).Kind);
    }

    // A follower that filled up before the others lacks what they committed: its reads wait for space. So do
    // those of a leader elected since, if its log holds commands that nobody else has room for.
    private static async Task LeaderReadsAsync(NodeCluster cluster, Task<ReadOutcome>[] reads)
    {
        var given = Task.Delay(TimeSpan.FromSeconds(5), Cancelled);
        if (await Task.WhenAny([.. reads, given]) is Task<ReadOutcome> read)
        {
            Assert.True((await read).Ready);
            return;
        }

        var leader = cluster[NodeCluster.NumberOf(await cluster.LeaderAsync())].Node.Status;
        Assert.True(leader.Commit < leader.Last.Index, $"{leader} does not answer reads");
    }

    // A leader that was just elected does not know yet that the others are full: what it takes until then is
    // unknown, never applied.
    private static async Task RefusesAsync(TestNode node)
    {
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < Patience;)
        {
            using var soon = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
            soon.CancelAfter(TimeSpan.FromSeconds(2));
            var outcome = await node.ProposeAsync("no", soon.Token);
            Assert.NotEqual(OutcomeKind.Applied, outcome.Kind);
            if (outcome.Refusal == Refusal.NoSpace)
            {
                return;
            }
        }

        Assert.Fail($"{node.Node.Status.Self} does not refuse");
    }

    // Writes at all in turn until each refuses: one may be full long before the others.
    private static async Task<int> FillAllAsync(NodeCluster cluster)
    {
        var written = 0;
        List<string> ends = [];
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < Patience;)
        {
            ends.Clear();
            var refused = 0;
            foreach (var node in cluster.Live)
            {
                using var soon = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
                soon.CancelAfter(TimeSpan.FromSeconds(2));
                var outcome = await node.ProposeAsync(Large, soon.Token);
                written += outcome.Kind == OutcomeKind.Applied ? 1 : 0;
                refused += outcome.Refusal == Refusal.NoSpace ? 1 : 0;
                ends.Add($"{node.Node.Status}: {outcome}");
            }

            if (refused == cluster.Live.Count)
            {
                return written;
            }
        }

        throw new TimeoutException($"{written} writes, not all are full: {string.Join("; ", ends)}");
    }

    // Writes until one is refused, or it is so. How many were applied, and how the last ended. One that was
    // appended when the others ran out of space is unknown, and stays so.
    private static async Task<(int Written, WriteOutcome Last)> FillAsync(
        TestNode node, Func<bool>? until = null)
    {
        var written = 0;
        for (var tries = 0; tries < 500; tries++)
        {
            using var soon = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
            soon.CancelAfter(TimeSpan.FromSeconds(2));
            var outcome = await node.ProposeAsync(Large, soon.Token);
            written += outcome.Kind == OutcomeKind.Applied ? 1 : 0;
            if (outcome.Kind == OutcomeKind.Refused || until?.Invoke() == true)
            {
                return (written, outcome);
            }
        }

        throw new TimeoutException($"{written} writes, and the disk is not full");
    }
}
