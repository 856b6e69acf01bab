using Grpc.Core;
using Ikada.Load.Running;
using Ikada.Load.Workloads;

namespace Ikada.Load.Tests;

public class LoadRunTests
{
    private static readonly KeySpace Keys = new("key/", 1000);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_count_puts_each_key_once()
    {
        var seen = new System.Collections.Concurrent.ConcurrentBag<string>();
        await using var store = await FakeStore.StartAsync(put =>
        {
            seen.Add(put.Key.ToStringUtf8());
            return Task.FromResult(1L);
        });
        var result = LoadRun.Count(
            new LoadPlan([store.Target], EtcdWorkloads.Fill(Keys, 10), 64), Keys.Count, Patience);
        Assert.Equal((Keys.Count, 0), (result.Operations, result.Errors));
        Assert.Equal(Keys.Count, seen.Distinct().Count());
        Assert.Contains("key/000000000999", seen);
    }

    [Fact]
    public async Task What_fails_is_counted_apart()
    {
        await using var store = await FakeStore.StartAsync(_ =>
            throw new RpcException(new Status(StatusCode.Unavailable, "no leader")));
        var result = LoadRun.Count(
            new LoadPlan([store.Target], EtcdWorkloads.Put(Keys, 10), 4), 20, Patience);
        Assert.Equal((0, 20, "status 14: no leader"), (result.Operations, result.Errors, result.FirstError));
    }

    /// <summary>A closed loop would have waited with the first call, and hidden what all others
    /// wait.</summary>
    [Fact]
    public async Task An_open_loop_goes_on_while_the_server_does_not_and_counts_from_the_intended_moment()
    {
        // Opened a while after the first put is there, however late that is.
        var gate = new Lazy<Task<long>>(async () =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken);
            return 1;
        });
        var stalls = false;
        await using var store =
            await FakeStore.StartAsync(_ => Volatile.Read(ref stalls) ? gate.Value : Task.FromResult(1L));
        var plan = new LoadPlan([store.Target], EtcdWorkloads.Put(Keys, 10), 2);
        LoadRun.Count(plan, 100, Patience);
        Volatile.Write(ref stalls, true);
        var result = LoadRun.Measure(
            plan with { RatePerSecond = 200 }, TimeSpan.Zero, TimeSpan.FromMilliseconds(900));
        Assert.Equal(0, result.Errors);
        // The call of the first moment has waited for all of it; a quarter of the others for some of it.
        Assert.True(result.Latencies.MaxNanoseconds > 250_000_000);
        Assert.True(result.Latencies.Percentile(0.9) > 20_000_000);
    }
}
