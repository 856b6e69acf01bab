using System.Buffers;
using Ikada.Primitives;

namespace Ikada.KeyValue.Tests;

public sealed class LeaseDeadlineRules
{
    private readonly StoreDriver _store = new();
    private readonly LeaseDeadlines _deadlines = new();
    private readonly LeaseKeeping _keeping;
    private Instant _now = new(TimeSpan.TicksPerHour);

    public LeaseDeadlineRules() => _keeping = new LeaseKeeping(
        _deadlines, TimeSpan.FromSeconds(1), checkpointInterval: TimeSpan.FromSeconds(20));

    [Fact]
    public void A_lease_runs_out_its_time_after_its_grant_was_seen_and_a_renewal_puts_that_off()
    {
        Grant(7, 10);
        Assert.Equal(10, Left(7));
        Pass(4);
        Apply(LeaseCommand.EncodeRenew([7]));
        Assert.Equal(10, Left(7));
        Pass(9.9);
        Assert.Empty(Due());
        Pass(0.2);
        Assert.Equal(["revoke 7"], Due());
        Apply(LeaseCommand.EncodeRevoke(7));
        Assert.Empty(Due());
        Assert.Equal((0, 0), (Left(7), _deadlines.Count));
    }

    [Fact]
    public void Of_several_that_are_renewed_at_once_each_that_exists_is()
    {
        Grant(7, 10);
        Grant(8, 20);
        Pass(4);
        var renewed = _store.Apply(LeaseCommand.EncodeRenew([9, 7, 10, 8]));
        Assert.Equal([0L, 10, 0, 20], renewed.TimesToLive);
        _deadlines.Observe(_store.Store.View, _now);
        Assert.Equal((10, 20), (Left(7), Left(8)));
    }

    [Fact]
    public void An_older_view_changes_nothing()
    {
        Grant(7, 10);
        var older = _store.Store.View;
        Pass(1);
        Apply(LeaseCommand.EncodeRenew([7]));
        Pass(1);
        _deadlines.Observe(older, _now);
        Assert.Equal(9, Left(7));
    }

    [Fact]
    public void Who_begins_to_lead_gives_every_lease_its_time_anew_and_an_election_timeout()
    {
        Grant(7, 10);
        Grant(8, 20);
        Pass(9);
        _keeping.BeginToLead(_store.Store.View, _now);
        Assert.Equal((11, 21), (Left(7), Left(8)));
    }

    [Fact]
    public void A_checkpoint_is_rounded_up_and_leaves_a_new_leader_that_much()
    {
        Grant(7, 100);
        Grant(8, 10);
        _keeping.BeginToLead(_store.Store.View, _now);
        Pass(20.5);
        var due = _keeping.Due(_store.Store.View, _now);
        Assert.Equal(["revoke 8", "checkpoint"], due.Select(Name));
        Apply(due[1]);
        Assert.True(_store.Store.View.TryGetLease(7, out var lease));
        Assert.Equal(81, lease.Remaining);
        var next = new LeaseDeadlines();
        next.Extend(_store.Store.View, _now, TimeSpan.FromSeconds(1));
        Assert.Equal(82, next.Left(7, _now).TotalSeconds);
        Assert.DoesNotContain("checkpoint", _keeping.Due(_store.Store.View, _now).Select(Name));
    }

    [Fact]
    public void Of_leases_that_were_revoked_nothing_is_noted()
    {
        Grant(7, 100);
        _keeping.BeginToLead(_store.Store.View, _now);
        Apply(LeaseCommand.EncodeRevoke(7));
        Pass(20.5);
        Assert.Empty(_keeping.Due(_store.Store.View, _now));
    }

    [Fact]
    public void A_lease_that_was_renewed_meanwhile_is_not_ended_by_what_was_due()
    {
        Grant(7, 10);
        Pass(11);
        var due = Assert.Single(_keeping.Due(_store.Store.View, _now));
        Apply(LeaseCommand.EncodeRenew([7]));
        Apply(due);
        Assert.True(_store.Store.View.TryGetLease(7, out _));
    }

    [Fact]
    public void A_lease_that_came_with_a_snapshot_runs_out_as_well()
    {
        Grant(7, 10);
        var copy = new StoreDriver();
        copy.Store.Restore(new ReadOnlySequence<byte>(_store.Snapshot()));
        var deadlines = new LeaseDeadlines();
        deadlines.Observe(copy.Store.View, _now);
        Pass(11);
        Assert.Equal(7, Assert.Single(deadlines.Due(copy.Store.View, _now, most: 5)).Id);
    }

    [Fact]
    public void Those_that_ran_out_first_come_first_and_only_so_many()
    {
        Grant(1, 30);
        Grant(2, 10);
        Grant(3, 20);
        Pass(40);
        Assert.Equal(
            [2, 3], _deadlines.Due(_store.Store.View, _now, most: 2).Select(lease => lease.Id));
    }

    private void Grant(long id, long seconds) => Apply(LeaseCommand.EncodeGrant(id, seconds));

    private void Apply(byte[] command)
    {
        Assert.Equal(KeyValueError.None, _store.Apply(command).Error);
        _deadlines.Observe(_store.Store.View, _now);
    }

    private IEnumerable<string> Due() => _keeping.Due(_store.Store.View, _now).Select(Name);

    private static string Name(byte[] command) =>
        command[0] == LeaseCommand.EncodeRevoke(1)[0] ? $"revoke {command[2]}" : "checkpoint";

    private double Left(long id) => _deadlines.Left(id, _now).TotalSeconds;

    private void Pass(double seconds) => _now += TimeSpan.FromSeconds(seconds);
}
