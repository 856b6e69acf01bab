using System.Buffers;
using Ikada.Primitives;

namespace Ikada.KeyValue.Tests;

public sealed class LeaseRules
{
    private readonly StoreDriver _store = new();

    [Fact]
    public void A_put_needs_a_lease_that_exists_and_a_grant_makes_no_revision()
    {
        Assert.Equal(KeyValueError.LeaseNotFound, Put("a", 7).Error);
        Assert.Equal((KeyValueError.None, 1L), Outcome(_store.Apply(LeaseCommand.EncodeGrant(7, 60))));
        Assert.Equal(KeyValueError.LeaseExists, _store.Apply(LeaseCommand.EncodeGrant(7, 5)).Error);
        Assert.Equal((KeyValueError.None, 2L), Outcome(Put("a", 7)));
        Assert.Equal(7, _store.Single("a").Lease);
        Assert.Equal("a", Keys(7));
    }

    [Fact]
    public void The_end_of_a_lease_deletes_its_keys_in_order_in_one_revision()
    {
        Grant(7);
        Put("b", 7);
        Put("c", 0);
        Put("a", 7);
        var result = _store.Apply(LeaseCommand.EncodeRevoke(7));
        Assert.Equal((KeyValueError.None, 5L), Outcome(result));
        Assert.Equal(
            "5.0 deleted a was x | 5.1 deleted b was x", ChangeRules.Changes(_store, 5));
        Assert.Equal("c", StoreDriver.Keys(_store.Range("\0", "\0")));
        Assert.Equal(KeyValueError.LeaseNotFound, _store.Apply(LeaseCommand.EncodeRevoke(7)).Error);
        Assert.Equal(KeyValueError.LeaseNotFound, Put("a", 7).Error);
        Grant(8);
        Assert.Equal((KeyValueError.None, 5L), Outcome(_store.Apply(LeaseCommand.EncodeRevoke(8))));
    }

    [Fact]
    public void A_put_moves_a_key_to_its_own_lease_and_a_deletion_takes_it_off()
    {
        Grant(7);
        Grant(8);
        Put("a", 7);
        Put("b", 7);
        Put("c", 7);
        Put("d", 7);
        Put("a", 8);
        Put("b", 0);
        _store.Delete("c");
        _store.Apply(KeyValueCommand.EncodePut("d"u8, "y"u8, ignoreLease: true));
        Assert.Equal(("d", "a"), (Keys(7), Keys(8)));
        _store.Apply(LeaseCommand.EncodeRevoke(7));
        Assert.Equal("a b", StoreDriver.Keys(_store.Range("\0", "\0")));
    }

    [Fact]
    public void A_renewal_that_comes_before_the_expiry_in_the_log_wins()
    {
        Grant(7);
        Put("a", 7);
        var seen = Lease(7).RenewedAt;
        Assert.Equal([60L, 0L], _store.Apply(LeaseCommand.EncodeRenew([7, 9])).TimesToLive);
        Assert.Equal(KeyValueError.None, _store.Apply(LeaseCommand.EncodeRevoke(7, seen)).Error);
        Assert.Equal("a", Keys(7));
        _store.Apply(LeaseCommand.EncodeRevoke(7, Lease(7).RenewedAt));
        Assert.Equal(0, _store.Range("a").Count);
    }

    [Fact]
    public void A_checkpoint_counts_until_the_lease_is_renewed()
    {
        Grant(7);
        var granted = Lease(7).RenewedAt;
        _store.Apply(LeaseCommand.EncodeCheckpoint([new(7, granted, 20), new(9, granted, 5)]));
        Assert.Equal(20, Lease(7).Remaining);
        Assert.Equal(granted, Lease(7).RenewedAt);
        _store.Apply(LeaseCommand.EncodeRenew([7]));
        Assert.Equal(0, Lease(7).Remaining);
        _store.Apply(LeaseCommand.EncodeCheckpoint([new(7, granted, 10)]));
        Assert.Equal(0, Lease(7).Remaining);
    }

    [Fact]
    public void A_restored_snapshot_knows_leases_and_their_keys()
    {
        Grant(7);
        Grant(-8);
        Put("a", 7);
        Put("b", -8);
        _store.Delete("b");
        var copy = new StoreDriver();
        copy.Store.Restore(new ReadOnlySequence<byte>(_store.Snapshot()));
        Assert.Equal(_store.Store.View.Leases(), copy.Store.View.Leases());
        Assert.Equal(_store.Snapshot(), copy.Snapshot());
        foreach (var store in new[] { _store, copy })
        {
            Assert.Equal(1, store.Apply(LeaseCommand.EncodeRevoke(7)).Deleted);
            Assert.Equal(0, store.Apply(LeaseCommand.EncodeRevoke(-8)).Deleted);
        }

        Assert.Equal(_store.Store.StateHash, copy.Store.StateHash);
    }

    [Fact]
    public void Which_leases_were_renewed_behind_an_entry_is_known_in_the_order_of_their_renewals()
    {
        Grant(9);
        Grant(7);
        Grant(8);
        _store.Apply(LeaseCommand.EncodeCheckpoint([new(7, Lease(7).RenewedAt, 30)]));
        Assert.Equal([9, 7, 8], RenewedAfter(_store, LogIndex.Zero));
        Assert.Equal([8], RenewedAfter(_store, Lease(7).RenewedAt));
        _store.Apply(LeaseCommand.EncodeRenew([9]));
        _store.Apply(LeaseCommand.EncodeRevoke(8));
        Assert.Equal([7, 9], RenewedAfter(_store, LogIndex.Zero));
        Assert.Empty(RenewedAfter(_store, Lease(9).RenewedAt));
        var copy = new StoreDriver();
        copy.Store.Restore(new ReadOnlySequence<byte>(_store.Snapshot()));
        Assert.Equal([7, 9], RenewedAfter(copy, LogIndex.Zero));
    }

    [Fact]
    public void Commands_that_are_cut_or_impossible_are_malformed()
    {
        Grant(7);
        foreach (var command in new[]
        {
            LeaseCommand.EncodeGrant(7, 60)[..3], LeaseCommand.EncodeGrant(0, 60),
            LeaseCommand.EncodeGrant(9, 0), LeaseCommand.EncodeGrant(9, -1),
            [.. LeaseCommand.EncodeRevoke(7), 1], [.. LeaseCommand.EncodeRenew([7]), 0x80],
            LeaseCommand.EncodeCheckpoint([new(7, new LogIndex(1), 3)])[..^1],
        })
        {
            Assert.Equal(KeyValueError.Malformed, _store.Apply(command).Error);
        }
    }

    private static IEnumerable<long> RenewedAfter(StoreDriver store, LogIndex index) =>
        store.Store.View.LeasesRenewedAfter(index).Select(lease => lease.Id);

    private void Grant(long id) =>
        Assert.Equal(KeyValueError.None, _store.Apply(LeaseCommand.EncodeGrant(id, 60)).Error);

    private KeyValueResult Put(string key, long lease) =>
        _store.Apply(KeyValueCommand.EncodePut(StoreDriver.Bytes(key), "x"u8, lease));

    private KeyValueLease Lease(long id)
    {
        Assert.True(_store.Store.View.TryGetLease(id, out var lease));
        return lease;
    }

    private string Keys(long id) =>
        string.Join(' ', _store.Store.View.LeasedKeys(id).Select(StoreDriver.Text));

    private static (KeyValueError Error, long Revision) Outcome(KeyValueResult result) =>
        (result.Error, result.Revision);
}
