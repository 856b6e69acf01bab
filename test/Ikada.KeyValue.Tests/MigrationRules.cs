using System.Buffers;
using Ikada.Primitives;

namespace Ikada.KeyValue.Tests;

/// <summary>A store is filled from another one, and is like it from the copied revision on.</summary>
public sealed class MigrationRules
{
    private readonly KeyValueStore _source = new();
    private readonly KeyValueStore _target = new();
    private readonly MigrationTrip _trip;

    public MigrationRules() => _trip = new MigrationTrip(_target);

    [Fact]
    public void What_is_copied_and_followed_is_the_source_to_the_last_field_and_so_is_what_comes_after()
    {
        for (var seed = 1UL; seed <= 60; seed++)
        {
            var random = new RandomSource(seed);
            var (source, target) = (new KeyValueStore(), new KeyValueStore());
            var trip = new MigrationTrip(target);
            MigrationTrip.Work(source, random, (int)random.NextBelow(60));
            using var copied = source.Hold();
            trip.Begin(copied);
            MigrationTrip.Work(source, random, (int)random.NextBelow(9));
            trip.Copy(copied, 3);
            trip.Follow(source.View, 2);
            MigrationTrip.Work(source, random, (int)random.NextBelow(20));
            trip.Follow(source.View, 100);
            trip.Open(source.View);
            var from = Math.Max(copied.Revision, 2);
            Same(source, target, from);

            MigrationTrip.Work(source, new RandomSource(seed + 1000), 10);
            MigrationTrip.Work(target, new RandomSource(seed + 1000), 10);
            Same(source, target, from);
        }
    }

    [Fact]
    public void A_revision_in_several_steps_is_seen_whole_or_not_at_all()
    {
        Put(_source, "a");
        Following();
        var (one, two, three) = (Change("b", 3), Change("c", 3), Change("d", 4));
        Assert.Equal(KeyValueError.None, Send(2, [one], goesOn: true));
        Assert.Equal((2L, 1L), (_target.View.Revision, Count()));
        Assert.Equal(KeyValueError.Malformed, Send(3, [three], goesOn: false));
        Assert.Equal(KeyValueError.NotThisMigration, Code(MigrationCommand.EncodeOpen(7, 3, 2)));
        Assert.Equal(KeyValueError.None, Send(3, [two, three], goesOn: false));
        Assert.Equal((4L, 4L), (_target.View.Revision, Count()));
    }

    [Fact]
    public void Only_an_empty_store_is_filled_and_then_takes_nothing_else_until_it_is_open()
    {
        Put(_target, "a");
        Assert.Equal(KeyValueError.NotEmpty, Code(MigrationCommand.EncodeBegin(7, 5, 9)));
        var leased = new KeyValueStore();
        MigrationTrip.Apply(leased, LeaseCommand.EncodeGrant(1, 60));
        Assert.Equal(
            KeyValueError.NotEmpty, MigrationTrip.Apply(leased, MigrationCommand.EncodeBegin(7, 5, 9)).Error);

        var target = new KeyValueStore();
        MigrationTrip.Apply(target, MigrationCommand.EncodeBegin(7, 5, 9));
        byte[][] others =
        [
            KeyValueCommand.EncodePut("a"u8, "x"u8), KeyValueCommand.EncodeDeleteRange("a"u8),
            KeyValueCommand.EncodeTransaction([], [], []), KeyValueCommand.EncodeCompact(3),
            LeaseCommand.EncodeGrant(1, 60), LeaseCommand.EncodeRevoke(1), LeaseCommand.EncodeRenew([1]),
            LeaseCommand.EncodeCheckpoint([]), MigrationCommand.EncodeBegin(8, 5, 9),
        ];
        Assert.All(
            others,
            other => Assert.Equal(KeyValueError.Migrating, MigrationTrip.Apply(target, other).Error));
        MigrationTrip.Apply(target, MigrationCommand.EncodeChanges(7, 0, [], goesOn: false));
        MigrationTrip.Apply(target, MigrationCommand.EncodeOpen(7, 1, 9));
        Assert.Equal(MigrationPhase.Done, target.View.Migration.Phase);
        Assert.Equal(10, Put(target, "a").Revision);
        Assert.Equal(
            KeyValueError.NotEmpty, MigrationTrip.Apply(target, MigrationCommand.EncodeBegin(8, 5, 9)).Error);
    }

    [Fact]
    public void Nothing_before_the_copied_revision_can_be_read_and_a_lost_step_stops_those_behind_it()
    {
        Put(_source, "a");
        Put(_source, "b");
        Following();
        Assert.Equal(KeyValueError.Compacted, _target.View.OpenChanges(2, out _));
        Assert.Equal(KeyValueError.None, _target.View.OpenChanges(3, out _));
        Assert.Equal(KeyValueError.NotThisMigration, Send(4, [Change("c", 4)], goesOn: false));
        Assert.Equal(KeyValueError.Malformed, Send(3, [Change("c", 3)], goesOn: false));
        Assert.Equal(KeyValueError.NotThisMigration, Code(MigrationCommand.EncodeOpen(7, 3, 9)));
    }

    [Fact]
    public void A_key_needs_its_lease_and_a_lease_that_is_gone_stays_while_it_has_keys()
    {
        Following();
        var leased = Change("a", 2, lease: 4);
        Assert.Equal(KeyValueError.LeaseNotFound, Send(2, [leased], goesOn: false));
        Code(MigrationCommand.EncodeLeases(7, 2, [new MigratedLease(4, 60, 70)]));
        Assert.Equal(KeyValueError.None, Send(3, [leased], goesOn: false));
        Code(MigrationCommand.EncodeLeases(7, 4, [new MigratedLease(4, 0, 0)]));
        Assert.True(_target.View.TryGetLease(4, out var lease));
        Assert.Equal((60L, 60L), (lease.TimeToLive, lease.Remaining));
        var deletion = new KeyValueChange(
            IsDeletion: true, new KeyValueItem("a"u8.ToArray(), 0, 3, 0, 0, default), null);
        Assert.Equal(KeyValueError.None, Send(5, [deletion], goesOn: false));
        Code(MigrationCommand.EncodeLeases(7, 6, [new MigratedLease(4, 0, 0)]));
        Assert.False(_target.View.TryGetLease(4, out _));
    }

    [Fact]
    public void Whoever_takes_a_migration_over_shuts_out_who_carried_it_out_before()
    {
        Assert.Equal(KeyValueError.NotThisMigration, Code(MigrationCommand.EncodeClaim(7, 8)));
        Put(_source, "a");
        Following();
        Assert.Equal(KeyValueError.None, Code(MigrationCommand.EncodeClaim(7, 8)));
        Assert.Equal(KeyValueError.None, Code(MigrationCommand.EncodeClaim(7, 8)));
        Assert.Equal(KeyValueError.NotThisMigration, Send(2, [Change("b", 3)], goesOn: false));
        Assert.Equal(
            KeyValueError.None,
            Code(MigrationCommand.EncodeChanges(8, _target.View.Migration.NextStep, [], goesOn: false)));
    }

    [Fact]
    public void One_that_is_given_up_leaves_an_empty_store_also_on_a_replica_restored_half_way()
    {
        MigrationTrip.Work(_source, new RandomSource(5), 50);
        _trip.Begin(_source.View);
        _trip.Copy(_source.View, 5);
        var restored = new KeyValueStore();
        for (var i = 0; _target.View.Migration.Phase != MigrationPhase.None; i++)
        {
            Assert.True(i < 100);
            if (i == 2)
            {
                restored.Restore(new ReadOnlySequence<byte>(Snapshot(_target)));
            }

            Code(MigrationCommand.EncodeClear(3));
            if (i >= 2)
            {
                MigrationTrip.Apply(restored, MigrationCommand.EncodeClear(3));
                Assert.Equal(_target.StateHash, restored.StateHash);
            }
        }

        Assert.Equal(MigrationPhase.None, restored.View.Migration.Phase);
        Assert.Equal((1L, 0L, 0L), (_target.View.Revision, _target.View.CompactedRevision, Count()));
        Assert.Empty(_target.View.Leases());
        Assert.Equal(KeyValueError.NotThisMigration, Code(MigrationCommand.EncodeClear(3)));
        Assert.Equal(KeyValueError.None, Code(MigrationCommand.EncodeBegin(9, 5, 3)));
    }

    [Fact]
    public void A_key_of_many_versions_is_cleared_by_commands_that_are_bounded()
    {
        Put(_source, "before");
        Put(_source, "key");
        _trip.Begin(_source.View);
        _trip.Copy(_source.View, 5);
        for (var i = 0UL; i < 50; i++)
        {
            Assert.Equal(KeyValueError.None, Code(MigrationCommand.EncodeChanges(
                7, _target.View.Migration.NextStep, [Change("key", 3 + (long)i)], goesOn: false)));
        }

        while (_target.View.Migration.Phase != MigrationPhase.None)
        {
            // Whoever is restored here has the same, and goes on alike.
            var restored = new KeyValueStore();
            restored.Restore(new ReadOnlySequence<byte>(Snapshot(_target)));
            Assert.Equal(Stored(_target), Stored(restored));
            var before = Versions(_target);
            Code(MigrationCommand.EncodeClear(8));
            MigrationTrip.Apply(restored, MigrationCommand.EncodeClear(8));
            Assert.InRange(before - Versions(_target), before > 0 ? 1 : 0, 8);
            Assert.Equal(Stored(_target), Stored(restored));
        }

        Assert.Equal((1L, 0), (_target.View.Revision, Versions(_target)));
    }

    [Fact]
    public void A_snapshot_taken_half_way_goes_on_where_it_was()
    {
        MigrationTrip.Work(_source, new RandomSource(6), 50);
        var copied = _source.View;
        _trip.Begin(copied);
        _trip.Copy(copied, 5);
        MigrationTrip.Apply(_source, KeyValueCommand.EncodePut([1], [1]));
        Code(MigrationCommand.EncodeChanges(7, _target.View.Migration.NextStep, [], goesOn: false));
        var next = _target.View.Revision + 1;
        Assert.Equal(
            KeyValueError.None, Send(_target.View.Migration.NextStep, [Change("x", next)], goesOn: true));
        var restored = new KeyValueStore();
        restored.Restore(new ReadOnlySequence<byte>(Snapshot(_target)));
        Assert.Equal(_target.View.Migration, restored.View.Migration);

        var last = MigrationCommand.EncodeChanges(
            7, _target.View.Migration.NextStep, [Change("y", next)], goesOn: false);
        Code(last);
        MigrationTrip.Apply(restored, last);

        Assert.Equal(_target.StateHash, restored.StateHash);
        Assert.Equal(Snapshot(_target), Snapshot(restored));
        Assert.Equal(
            MigrationTrip.Show(_target.View, next), MigrationTrip.Show(restored.View, next));
    }

    [Fact]
    public void A_step_that_was_cut_or_changed_on_its_way_does_all_it_says_or_nothing()
    {
        var random = new RandomSource(3);
        var (done, refused) = (0, 0);
        var target = new KeyValueStore();
        for (var i = 0; i < 3000; i++)
        {
            if (!target.View.Migration.IsUnderWay)
            {
                MigrationTrip.Apply(target, MigrationCommand.EncodeBegin(7, 5, 9));
            }

            var step = MigrationCommand.EncodeChanges(
                7, 0, [Change("a", 9), Change("b", 11), Change("c", 11)], goesOn: false);
            step[2] = (byte)(2 + random.NextBelow(4));
            step = random.OneIn(2) ? step : step[..(13 + (int)random.NextBelow((ulong)step.Length - 13))];
            step[12 + (int)random.NextBelow((ulong)step.Length - 12)] ^= (byte)(1 + random.NextBelow(255));
            if (MigrationTrip.Apply(target, step).Error == KeyValueError.None)
            {
                Assert.Equal(1UL, target.View.Migration.NextStep);
                target = new KeyValueStore();
                done++;
                continue;
            }

            Assert.Equal((0UL, 8L), (target.View.Migration.NextStep, target.View.Revision));
            Assert.Empty(target.View.Leases());
            refused++;
        }

        Assert.True(done > 10 && refused > 1000, $"{done} done, {refused} refused");
    }

    private static byte[] Stored(KeyValueStore store)
    {
        var writer = new ArrayBufferWriter<byte>();
        store.CaptureSnapshot().ScrubTo(writer);
        return writer.WrittenSpan.ToArray();
    }

    // In the store: what a snapshot has of them.
    private static int Versions(KeyValueStore store) =>
        Snapshot(store).AsSpan().Count("key"u8) + Snapshot(store).AsSpan().Count("before"u8);

    private static byte[] Snapshot(KeyValueStore store)
    {
        var writer = new ArrayBufferWriter<byte>();
        store.CaptureSnapshot().WriteTo(writer);
        return writer.WrittenSpan.ToArray();
    }

    private static KeyValueResult Put(KeyValueStore store, string key) =>
        MigrationTrip.Apply(store, KeyValueCommand.EncodePut(StoreDriver.Bytes(key), "x"u8));

    private static KeyValueChange Change(string key, long revision, long lease = 0) => new(
        IsDeletion: false,
        new KeyValueItem(StoreDriver.Bytes(key), revision, revision, 1, lease, "x"u8.ToArray()),
        null);

    private static void Same(KeyValueStore source, KeyValueStore target, long from)
    {
        Assert.Equal(MigrationTrip.Show(source.View, from), MigrationTrip.Show(target.View, from));
        // The target remembers nothing before; what it does must be readable again after a restore.
        var restored = new KeyValueStore();
        restored.Restore(new ReadOnlySequence<byte>(Snapshot(target)));
        Assert.Equal(MigrationTrip.Show(target.View, from), MigrationTrip.Show(restored.View, from));
    }

    private void Following()
    {
        _trip.Begin(_source.View);
        _trip.Copy(_source.View, 9);
        Send(_target.View.Migration.NextStep, Started(), goesOn: false);
        Assert.Equal(MigrationPhase.Following, _target.View.Migration.Phase);
    }

    /// <summary>What the copied revision itself has done.</summary>
    private List<KeyValueChange> Started()
    {
        var changes = new List<KeyValueChange>();
        _source.View.OpenChanges(_source.View.Revision, out var reader);
        while (reader!.MoveNext())
        {
            changes.Add(reader.Read(withPrevious: false));
        }

        return changes;
    }

    private KeyValueError Send(ulong step, IReadOnlyList<KeyValueChange> changes, bool goesOn) =>
        Code(MigrationCommand.EncodeChanges(7, step, changes, goesOn));

    private KeyValueError Code(byte[] command) => _trip.Send(command).Error;

    private long Count() => _target.View.Range(new RangeQuery
    {
        Range = new KeyRange(new byte[1], new byte[1]), CountOnly = true,
    }).Count;
}
