using System.Diagnostics;

namespace Ikada.Tests.Joining;

/// <summary>Members come and go while clients write.</summary>
public sealed class UnderLoadTests(ITestOutputHelper output)
{
    // Writers that each have one command under way.
    private const int Writers = 8;

    // A busy machine may stand still for a while; waiting for a node that is not there would take longer.
    private static readonly TimeSpan GapMax = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task A_node_is_added_promoted_and_removed_and_nothing_is_lost()
    {
        await using var group = await Group.StartAsync("a", "b", "c");
        var leader = await group.LeaderAsync();
        await using var load = new Load(leader);
        await load.RunAsync("before", () => Task.Delay(TimeSpan.FromSeconds(1), Group.Token), output);

        var options = group.JoinOptionsOf("d", "b");
        options.JoinAs = JoinRole.Learner;
        await load.RunAsync("added", () => group.StartNodeAsync(options), output);
        await load.RunAsync("promoted", () => leader.Members.PromoteAsync("d", Group.Token), output);
        await load.RunAsync("as a voter", () => Task.Delay(TimeSpan.FromSeconds(1), Group.Token), output);
        await load.RunAsync("removed", () => leader.Members.RemoveAsync("d", Group.Token), output);
        await load.RunAsync("after", () => Task.Delay(TimeSpan.FromSeconds(1), Group.Token), output);

        var applied = await load.EndAsync();
        Assert.Equal(applied, await leader.QueryAsync(counter => counter.Value, cancellation: Group.Token));
        await Group.HasMembersAsync(leader, "a b c");
        Assert.True(load.GapMax < GapMax, $"no write for {load.GapMax.TotalMilliseconds} ms");
    }

    [Fact]
    public async Task A_dead_node_is_replaced_by_a_new_one_in_one_step_and_nothing_is_lost()
    {
        await using var group = await Group.StartAsync("a", "b", "c");
        var leader = await group.LeaderAsync();
        await using var load = new Load(leader);
        await group.BoundAsync();
        var dead = group.Nodes.First(node => node.Value != leader).Key;
        await load.RunAsync($"{dead} dies", () => group.StopNodeAsync(dead), output);
        group.Wipe(dead);

        var options = group.JoinOptionsOf("d", leader.Status.Name);
        var replacing = leader.Members.ReplaceAsync(dead, "d", options.Listen!, Group.Token);
        await load.RunAsync("d starts", () => group.StartNodeAsync(options), output);
        await load.RunAsync($"{dead} is replaced", () => replacing, output);

        var applied = await load.EndAsync();
        string[] names = ["a", "b", "c", "d"];
        var expected = string.Join(' ', names.Where(name => name != dead));
        await Group.HasMembersAsync(group["d"], expected);
        Assert.Equal(
            applied, await group["d"].QueryAsync(counter => counter.Value, cancellation: Group.Token));
        Assert.True(load.GapMax < GapMax, $"no write for {load.GapMax.TotalMilliseconds} ms");
    }

    /// <summary>Clients that write through the leader, and the longest time without a write.</summary>
    private sealed class Load : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task<long>[] _writers;
        private readonly Lock _gate = new();
        private long _last = Stopwatch.GetTimestamp();
        private TimeSpan _gap;
        private long _writes;

        public Load(IRaft<Counter> raft) =>
            _writers = [.. Enumerable.Range(0, Writers).Select(_ => Task.Run(() => WriteAsync(raft)))];

        public TimeSpan GapMax { get; private set; }

        /// <summary>Does something under the load, and says how long no write ended meanwhile.</summary>
        public async Task RunAsync(string what, Func<Task> work, ITestOutputHelper output)
        {
            Take();
            var start = Stopwatch.GetTimestamp();
            await work();
            var (gap, writes) = Take();
            var took = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            output.WriteLine($"{what}: {took:F0} ms, {writes} writes, "
                + $"longest gap {gap.TotalMilliseconds:F1} ms");
        }

        /// <summary>Ends the writers; how many of their writes were applied.</summary>
        public async Task<long> EndAsync()
        {
            await _stop.CancelAsync();
            return (await Task.WhenAll(_writers)).Sum();
        }

        public async ValueTask DisposeAsync()
        {
            await EndAsync();
            _stop.Dispose();
        }

        private async Task<long> WriteAsync(IRaft<Counter> raft)
        {
            var applied = 0L;
            while (!_stop.IsCancellationRequested)
            {
                var outcome = await raft.ProposeAsync(new Add(1), Group.Token);
                Assert.Equal(OutcomeStatus.Applied, outcome.Status);
                applied++;
                lock (_gate)
                {
                    var gap = Stopwatch.GetElapsedTime(_last);
                    (_last, _writes) = (Stopwatch.GetTimestamp(), _writes + 1);
                    _gap = gap > _gap ? gap : _gap;
                }
            }

            return applied;
        }

        private (TimeSpan Gap, long Writes) Take()
        {
            lock (_gate)
            {
                var open = Stopwatch.GetElapsedTime(_last);
                var taken = (open > _gap ? open : _gap, _writes);
                GapMax = taken.Item1 > GapMax ? taken.Item1 : GapMax;
                (_gap, _writes) = (TimeSpan.Zero, 0);
                return taken;
            }
        }
    }
}
