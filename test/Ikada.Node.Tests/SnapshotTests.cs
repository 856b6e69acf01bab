using Ikada.Testing;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Ikada.Primitives;
using Ikada.Replica;

namespace Ikada.Node.Tests;

/// <summary>Snapshots between nodes over real disks and sockets.</summary>
public sealed class SnapshotTests : IDisposable
{
    private const int ReceivedLine = 132;
    private const int InstalledLine = 133;
    private const int PieceBytes = 16 << 10;
    private const int Rate = 400_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _directory = Directory.CreateTempSubdirectory("ikada-snapshots-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_node_that_missed_what_the_logs_have_forgotten_catches_up_by_a_snapshot()
    {
        using var log = new KeptLog();
        await using var cluster = await StartAsync(log, new ReplicaOptions());
        var written = await LeaveBehindAsync(cluster, writes: 200, size: 20);

        await cluster.StartAsync(2);
        await CaughtUpAsync(cluster, written);

        Assert.Single(log.Lines(InstalledLine));
        Assert.Equal(written, cluster[2].Machine.Commands);
        Assert.True(cluster[2].Node.Status.LogFirst > new LogIndex(100));
        await cluster.StopAsync(TestNode.Id(2));
        await cluster.StartAsync(2);
        await CaughtUpAsync(cluster, written);
        Assert.Equal(written, cluster[2].Machine.Commands);
        Assert.Single(log.Lines(InstalledLine));
    }

    [Fact]
    public async Task A_transfer_whose_connection_is_cut_goes_on_where_it_was()
    {
        using var log = new KeptLog();
        var endPoints = TestNode.FreeEndPoints(3);
        await using var relay = new Relay(endPoints[2]);
        await using var cluster = await StartAsync(
            log, new ReplicaOptions { SnapshotBytesPerSecondMax = 500_000 }, endPoints,
            [endPoints[0], endPoints[1], relay.EndPoint]);
        var written = await LeaveBehindAsync(cluster, writes: 200, size: 5000);

        await cluster.StartAsync(2);
        await NodeCluster.UntilAsync("it receives", () => cluster[2].Node.Status.IsReceivingSnapshot);
        await Task.Delay(600, TestContext.Current.CancellationToken);
        Assert.True(cluster[2].Node.Status.IsReceivingSnapshot);
        relay.Cut();
        await CaughtUpAsync(cluster, written);

        Assert.Equal(written, cluster[2].Machine.Commands);
        var received = Assert.Single(log.Lines(ReceivedLine));
        var (size, moved) = (Number(received["Bytes"]), Number(received["Moved"]));
        // On a busy machine the newest snapshot may be one of before the last writes.
        Assert.True(size > 500_000, $"{size}");
        // What was on its way when the connection was cut is sent again, and no more.
        Assert.InRange(moved, size, size + (4 * PieceBytes));
    }

    [Fact]
    public async Task Transfers_keep_to_the_rate()
    {
        using var log = new KeptLog();
        await using var cluster = await StartAsync(
            log, new ReplicaOptions { SnapshotBytesPerSecondMax = Rate });
        var written = await LeaveBehindAsync(cluster, writes: 200, size: 5000);
        var watch = Stopwatch.StartNew();

        await cluster.StartAsync(2);
        await CaughtUpAsync(cluster, written);

        // Not all 1 MB where the newest snapshot is one of before the last writes. (That it is not slower, a
        // busy machine cannot promise.)
        var moved = Number(Assert.Single(log.Lines(ReceivedLine))["Moved"]);
        Assert.True(moved > 500_000, $"{moved}");
        Assert.InRange(watch.Elapsed.TotalSeconds, (moved - (Rate / 16)) / (double)Rate, 30);
        Assert.Equal(written, cluster[2].Machine.Commands);
    }

    [Fact]
    public async Task A_snapshot_is_taken_when_asked_for_and_a_start_goes_by_it()
    {
        await using var first = await TestNode.StartAsync(_directory);
        for (var i = 0; i < 5; i++)
        {
            await first.ProposeAsync($"write {i}").WaitAsync(Patience, TestContext.Current.CancellationToken);
        }

        var position = await first.Node.TakeSnapshotAsync(TestContext.Current.CancellationToken);

        Assert.Equal(first.Machine.AppliedIndex, position.Index);
        Assert.Equal(position.Index, first.Node.Status.SnapshotIndex);
        await first.DisposeAsync();
        await using var second = await TestNode.StartAsync(_directory);
        Assert.Equal(5, second.Machine.Commands.Count);
        Assert.Equal(position.Index, second.Node.Status.SnapshotIndex);
    }

    [Fact]
    public async Task Nothing_applied_gives_no_snapshot_and_a_reason()
    {
        await using var cluster = await StartAsync(new KeptLog(), new ReplicaOptions(), started: 1);

        var refused = await Assert.ThrowsAsync<SnapshotFailedException>(
            () => cluster[0].Node.TakeSnapshotAsync(TestContext.Current.CancellationToken).AsTask());

        Assert.Contains("nothing has been applied", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lone_node_without_its_state_does_not_start_and_says_what_to_do()
    {
        var options = TestNode.Options with
        {
            Replica = new ReplicaOptions
            {
                SnapshotEntries = 10, RetainedEntriesMin = 0, RetainedGrowthBytesMax = 0,
            },
        };
        await using (var node = await TestNode.StartAsync(_directory, options: options))
        {
            for (var i = 0; i < 30; i++)
            {
                await node.ProposeAsync($"{i}").WaitAsync(Patience, TestContext.Current.CancellationToken);
            }

            await NodeCluster.UntilAsync(
                "the log is compacted", () => node.Node.Status.LogFirst > new LogIndex(10));
        }

        // The one before the newest may be there yet.
        var files = Directory.GetFiles(_directory, "snapshot-*");
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            bytes[bytes.Length / 2] ^= 1;
            await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        }

        var refused = await Assert.ThrowsAsync<StateLostException>(
            () => TestNode.StartAsync(_directory, options: options));
        Assert.All(files, file => Assert.Contains(
            Path.GetFileName(file), refused.Message, StringComparison.Ordinal));
        Assert.Contains("backup", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_of_three_that_lost_its_snapshots_gets_one_of_the_others()
    {
        using var log = new KeptLog();
        await using var cluster = await StartAsync(log, new ReplicaOptions(), started: 3);
        var written = await WriteAsync(cluster, 200, 20);
        await NodeCluster.UntilAsync(
            "all have compacted", () => cluster.Live.All(node => node.Node.Status.LogFirst.Value > 100));
        await cluster.StopAsync(TestNode.Id(1));
        foreach (var file in Directory.GetFiles(cluster.DirectoryOf(1), "snapshot-*"))
        {
            File.Delete(file);
        }

        await cluster.StartAsync(1);
        await NodeCluster.UntilAsync(
            "the state is back",
            () => !cluster[1].Node.Status.IsStateMissing && cluster[1].Machine.Commands.Count >= 200);

        Assert.Equal(written, cluster[1].Machine.Commands);
    }

    // Nodes 0 and 1 write and forget, node 2 was never there.
    private static async Task<List<string>> LeaveBehindAsync(NodeCluster cluster, int writes, int size)
    {
        var written = await WriteAsync(cluster, writes, size);
        await NodeCluster.UntilAsync(
            "the logs are compacted", () => cluster.Live.All(node => node.Node.Status.LogFirst.Value > 100));
        return written;
    }

    private static async Task<List<string>> WriteAsync(NodeCluster cluster, int writes, int size)
    {
        var leader = cluster[NodeCluster.NumberOf(await cluster.LeaderAsync())];
        var written = new List<string>();
        for (var i = 0; i < writes; i++)
        {
            var command = string.Create(CultureInfo.InvariantCulture, $"{i:d6}").PadLeft(size, 'x');
            var outcome = await leader.ProposeAsync(command)
                .WaitAsync(Patience, TestContext.Current.CancellationToken);
            Assert.Equal(OutcomeKind.Applied, outcome.Kind);
            written.Add(command);
        }

        return written;
    }

    private static async Task CaughtUpAsync(NodeCluster cluster, List<string> written)
    {
        await NodeCluster.UntilAsync(
            "it has caught up", () => cluster[2].Machine.Commands.Count >= written.Count,
            () => $"{cluster[2].Node.Status}");
    }

    private async Task<NodeCluster> StartAsync(
        KeptLog log, ReplicaOptions options, IPEndPoint[]? endPoints = null, IPEndPoint[]? dialled = null,
        int started = 2)
    {
        var cluster = new NodeCluster(_directory, endPoints ?? TestNode.FreeEndPoints(3), voters: 3)
        {
            Loggers = log,
            Dialled = dialled,
            Options = TestNode.Options with
            {
                Replica = options with
                {
                    SnapshotEntries = 50,
                    RetainedEntriesMin = 5,
                    RetainedGrowthBytesMax = 0,
                    SnapshotPieceBytes = PieceBytes,
                },
            },
        };
        for (var number = 0; number < started; number++)
        {
            await cluster.StartAsync(number);
        }

        return cluster;
    }

    private static long Number(object? value) => Convert.ToInt64(value, CultureInfo.InvariantCulture);
}
