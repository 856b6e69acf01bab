using Ikada.KeyValue;

namespace Ikada.Server.Tests;

public sealed class LeaseKeeperTests : IDisposable
{
    private readonly FakeStore _store = new();
    private readonly ManualTime _time = new();
    private readonly LeaseClock _clock;
    private readonly LeaseKeeper _keeper;
    private readonly ServerOptions _options = new()
    {
        DataDirectory = "unused", ElectionTimeout = TimeSpan.FromSeconds(1),
    };

    public LeaseKeeperTests()
    {
        _clock = new LeaseClock(_time, _options);
        _keeper = new LeaseKeeper(_store, _clock, _time);
    }

    public void Dispose() => _keeper.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_leader_ends_a_lease_whose_time_is_over_and_not_before()
    {
        await _keeper.LookAsync(Token);
        await DoAsync(LeaseCommand.EncodeGrant(7, 10));
        await DoAsync(KeyValueCommand.EncodePut("a"u8, "1"u8, lease: 7));
        await LookAfterAsync(0);
        await LookAfterAsync(9.9);
        Assert.True(_store.View.TryGetLease(7, out _));
        await LookAfterAsync(0.2);
        Assert.False(_store.View.TryGetLease(7, out _));
        Assert.Equal(0, _store.View.Range(RangeQuery.Of("a"u8.ToArray())).Count);
    }

    [Fact]
    public async Task A_proposal_that_is_never_answered_holds_up_expiry_for_a_while_only()
    {
        await _keeper.LookAsync(Token);
        await DoAsync(LeaseCommand.EncodeGrant(7, 10));
        await LookAfterAsync(0);
        _time.Pass(11);
        _store.LosesProposals = true;
        var look = _keeper.LookAsync(Token);
        Assert.False(look.IsCompleted);
        _time.Pass(9);
        Assert.False(look.IsCompleted);
        _time.Pass(2);
        await look.WaitAsync(TimeSpan.FromSeconds(30), Token);

        _store.LosesProposals = false;
        await LookAfterAsync(0);
        Assert.False(_store.View.TryGetLease(7, out _));
    }

    [Fact]
    public async Task A_renewal_starts_the_time_anew()
    {
        await _keeper.LookAsync(Token);
        await DoAsync(LeaseCommand.EncodeGrant(7, 10));
        await LookAfterAsync(0);
        await LookAfterAsync(9);
        await DoAsync(LeaseCommand.EncodeRenew([7]));
        await LookAfterAsync(0);
        Assert.Equal(10, _clock.Left(7).TotalSeconds);
        await LookAfterAsync(9);
        Assert.True(_store.View.TryGetLease(7, out _));
        await LookAfterAsync(2);
        Assert.False(_store.View.TryGetLease(7, out _));
    }

    [Fact]
    public async Task A_renewal_this_member_has_not_seen_yet_makes_the_end_void()
    {
        await _keeper.LookAsync(Token);
        await DoAsync(LeaseCommand.EncodeGrant(7, 10));
        await LookAfterAsync(0);
        _time.Pass(11);
        var due = Assert.Single(_clock.Due(_store.View));
        await DoAsync(LeaseCommand.EncodeRenew([7]));
        await DoAsync(due);
        Assert.True(_store.View.TryGetLease(7, out _));
    }

    [Fact]
    public async Task Only_the_leader_ends_leases_and_a_new_one_extends_them_first()
    {
        _store.WithoutLeader = true;
        await LookAfterAsync(0);
        _store.WithoutLeader = false;
        await DoAsync(LeaseCommand.EncodeGrant(7, 10));
        _store.WithoutLeader = true;
        await LookAfterAsync(0);
        await LookAfterAsync(20);
        Assert.True(_store.View.TryGetLease(7, out _));
        _store.WithoutLeader = false;
        await LookAfterAsync(0);
        Assert.Equal(11, _clock.Left(7).TotalSeconds);
        await LookAfterAsync(11);
        Assert.False(_store.View.TryGetLease(7, out _));
    }

    [Fact]
    public async Task A_new_leader_gives_a_lease_what_its_last_checkpoint_left_it()
    {
        await _keeper.LookAsync(Token);
        await DoAsync(LeaseCommand.EncodeGrant(7, 1000));
        await DoAsync(LeaseCommand.EncodeGrant(8, 10_000));
        await LookAfterAsync(0);
        await LookAfterAsync(400);
        Assert.True(_store.View.TryGetLease(7, out var lease));
        Assert.Equal(600, lease.Remaining);

        // The next leader has its own clock, and knows what the log says.
        var next = new LeaseClock(_time, _options);
        next.Observe(_store.View);
        next.BeginToLead(_store.View);
        Assert.Equal((601, 9601), (next.Left(7).TotalSeconds, next.Left(8).TotalSeconds));
    }

    [Fact]
    public async Task Those_that_ran_out_first_end_first_and_not_all_at_once()
    {
        await _keeper.LookAsync(Token);
        for (var id = 1; id <= 600; id++)
        {
            await DoAsync(LeaseCommand.EncodeGrant(id, 2 + id));
        }

        await LookAfterAsync(0);
        await LookAfterAsync(10_000);
        Assert.Equal(Enumerable.Range(501, 100), _store.View.Leases().Select(lease => (int)lease.Id));
        await LookAfterAsync(1);
        Assert.Empty(_store.View.Leases());
    }

    [Fact]
    public async Task Leases_that_others_end_are_forgotten_in_time_and_never_ended_again()
    {
        for (var id = 1; id <= 3000; id++)
        {
            await DoAsync(LeaseCommand.EncodeGrant(id, 5));
            _clock.Observe(_store.View);
            await DoAsync(LeaseCommand.EncodeRevoke(id));
            _clock.Observe(_store.View);
        }

        Assert.InRange(_clock.Count, 1, 1100);
        _time.Pass(100);
        Assert.Empty(_clock.Due(_store.View));
        Assert.Equal(0, _clock.Count);
    }

    private async Task DoAsync(byte[] command)
    {
        var outcome = await _store.ProposeAsync(command, Token);
        Assert.True(KeyValueResult.TryDecode(outcome.Result.Span, out var result));
        Assert.Equal(KeyValueError.None, result.Error);
    }

    private async Task LookAfterAsync(double seconds)
    {
        _time.Pass(seconds);
        await _keeper.LookAsync(Token);
    }
}
