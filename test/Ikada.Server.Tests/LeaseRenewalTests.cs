using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.Consensus;
using Ikada.KeyValue;
using Ikada.Primitives;
using Ikada.Replica;

namespace Ikada.Server.Tests;

public sealed class LeaseRenewalTests
{
    private const int Leases = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly FakeStore _store = new();
    private readonly ManualTime _time = new();
    private readonly TaskCompletionSource _firstIsDone =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly StoreCalls _calls;
    private readonly LeaseRenewals _renewals;

    public LeaseRenewalTests()
    {
        var options = new ServerOptions { DataDirectory = "unused", RequestTimeout = Patience };
        var identity = new ServerIdentity(new ClusterId(1), FakeStore.Self);
        _calls = new StoreCalls(_store, identity, options);
        _renewals = new LeaseRenewals(_calls, new LeaseClock(_time, options), _time);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_comes_meanwhile_and_who_comes_again_go_together_with_the_next_command()
    {
        await GrantAsync();
        var first = _renewals.RenewAsync(1);
        var others = Enumerable.Range(2, Leases - 1).Select(id => _renewals.RenewAsync(id)).ToList();
        _firstIsDone.SetResult();
        Assert.Equal(61, await first.WaitAsync(Patience, Token));
        // No time passes: the next command waits for it.
        others.Insert(0, _renewals.RenewAsync(1));
        var times = await Task.WhenAll(others).WaitAsync(Patience, Token);
        Assert.Equal(Enumerable.Range(1, Leases).Select(id => 60L + id), times);
        Assert.Equal(Leases + 2, _store.Writes);
    }

    [Fact]
    public async Task Who_does_not_come_again_is_not_waited_for_long()
    {
        await GrantAsync();
        var first = _renewals.RenewAsync(1);
        var second = _renewals.RenewAsync(2);
        _firstIsDone.SetResult();
        await first.WaitAsync(Patience, Token);
        await TestCluster.EventuallyAsync(() =>
        {
            _time.Pass(0.001);
            return Task.FromResult(second.IsCompleted);
        });
        Assert.Equal(62, await second);
    }

    [Fact]
    public async Task What_a_client_asks_for_on_one_stream_is_renewed_together_and_answered_in_order()
    {
        await GrantAsync();
        var client = new Client(_firstIsDone);
        using var end = new CancellationTokenSource();
        var running = new KeepAliveSession(_calls, _renewals, client, client).RunAsync(end);
        await TestCluster.EventuallyAsync(() =>
        {
            _time.Pass(0.001);
            return Task.FromResult(running.IsCompleted);
        });
        await running;
        Assert.Equal(
            Enumerable.Range(1, Leases).Select(id => ((long)id, 60L + id)),
            client.Answers.Select(answer => (answer.ID, answer.TTL)));
        Assert.Equal(Leases + 2, _store.Writes);
        Assert.Null(client.WriteOptions);
    }

    [Fact]
    public async Task A_renewal_that_fails_ends_the_stream_with_its_error()
    {
        await GrantAsync();
        _store.Ending = WriteOutcome.Refused(Refusal.NoSpace, FakeStore.Self);
        var client = new Client(_firstIsDone);
        using var end = new CancellationTokenSource();
        var failure = await Assert.ThrowsAsync<RpcException>(() =>
            new KeepAliveSession(_calls, _renewals, client, client).RunAsync(end).WaitAsync(Patience, Token));
        Assert.Equal("etcdserver: mvcc: database space exceeded", failure.Status.Detail);
        Assert.True(end.IsCancellationRequested);
    }

    /// <summary>Lease n has 60 + n seconds; the next write waits.</summary>
    private async Task GrantAsync()
    {
        for (var id = 1; id <= Leases; id++)
        {
            await _store.ProposeAsync(LeaseCommand.EncodeGrant(id, 60 + id), Token);
        }

        _store.WritesAfter = _firstIsDone.Task;
    }

    /// <summary>Asks for every lease, and lets the first renewal be done when all have been read.</summary>
    private sealed class Client(TaskCompletionSource allAreRead)
        : IAsyncStreamReader<LeaseKeepAliveRequest>, IServerStreamWriter<LeaseKeepAliveResponse>
    {
        public LeaseKeepAliveRequest Current { get; } = new();

        public WriteOptions? WriteOptions { get; set; }

        public List<LeaseKeepAliveResponse> Answers { get; } = [];

        public Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            if (Current.ID == Leases)
            {
                allAreRead.SetResult();
                return Task.FromResult(false);
            }

            Current.ID++;
            return Task.FromResult(true);
        }

        public Task WriteAsync(LeaseKeepAliveResponse message)
        {
            Answers.Add(message);
            return Task.CompletedTask;
        }

        public Task WriteAsync(LeaseKeepAliveResponse message, CancellationToken cancellationToken) =>
            WriteAsync(message);
    }
}
