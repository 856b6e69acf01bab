using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.KeyValue.Tests;

/// <summary>Fills one store from another, as whoever migrates does: step by step.</summary>
internal sealed class MigrationTrip(KeyValueStore target, ulong id = 7)
{
    private static readonly KeyRange Everything = new(new byte[] { 0 }, new byte[] { 0 });
    private long _copied;
    private ulong _step;

    /// <summary>Random commands of all kinds for a source: puts with and without leases, deletions, ends of
    /// leases, transactions of several keys.</summary>
    public static void Work(KeyValueStore store, RandomSource random, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var lease = (long)(1 + random.NextBelow(4));
            Apply(store, random.NextBelow(8) switch
            {
                0 => LeaseCommand.EncodeGrant(lease, 60),
                1 => LeaseCommand.EncodeRevoke(lease),
                2 => KeyValueCommand.EncodeDeleteRange(Key(random), Key(random)),
                3 => KeyValueCommand.EncodeTransaction(
                    [],
                    [Put(random, 0), KeyValueCommand.EncodeDeleteRange(Key(random)), Put(random, 0)],
                    []),
                4 or 5 => Put(random, lease),
                _ => Put(random, 0),
            });
        }
    }

    public static KeyValueResult Apply(KeyValueStore store, byte[] command)
    {
        var results = new OneResult();
        var index = store.AppliedIndex.Next;
        store.Apply([new CommittedCommand(index, 1, command, WantsResult: true)], index, results);
        Assert.True(KeyValueResult.TryDecode(results.Item.Span, out var result));
        return result;
    }

    public KeyValueResult Send(byte[] command) => Apply(target, command);

    public void Begin(KeyValueView source)
    {
        _copied = source.Revision;
        Sent(MigrationCommand.EncodeBegin(id, 5, _copied));
    }

    /// <summary>Copies leases, and the keys that stood before the revision itself.</summary>
    public void Copy(KeyValueView source, int keysAtOnce)
    {
        Sent(MigrationCommand.EncodeLeases(id, _step, Leases(source)), counts: true);
        var items = source.Range(new RangeQuery { Range = Everything }).Items
            .Where(item => item.ModRevision < _copied);
        foreach (var some in items.Chunk(keysAtOnce))
        {
            Sent(MigrationCommand.EncodeKeys(id, _step, some), counts: true);
        }
    }

    /// <summary>Follows from the revision copied, or from where the target stands, up to the source's
    /// own; every step is sent twice.</summary>
    public void Follow(KeyValueView source, int changesAtOnce)
    {
        Sent(MigrationCommand.EncodeLeases(id, _step, Leases(source)), counts: true);
        var from = target.View.Migration.Phase == MigrationPhase.Copying
            ? _copied : target.View.Revision + 1;
        Assert.Equal(KeyValueError.None, source.OpenChanges(from, out var reader));
        var changes = new List<KeyValueChange>();
        while (reader!.MoveNext())
        {
            changes.Add(reader.Read(withPrevious: false));
        }

        // The leases of what was put in between may be gone again.
        Sent(
            MigrationCommand.EncodeLeases(
                id, _step, [.. changes.Select(one => one.Item.Lease).Where(one => one != 0).Distinct()
                    .Select(one => new MigratedLease(one, 60, 9))]),
            counts: true);
        foreach (var revision in changes.GroupBy(change => change.Revision))
        {
            var pieces = revision.Chunk(changesAtOnce).ToArray();
            for (var i = 0; i < pieces.Length; i++)
            {
                Sent(
                    MigrationCommand.EncodeChanges(id, _step, pieces[i], goesOn: i < pieces.Length - 1),
                    counts: true);
            }
        }

        Sent(MigrationCommand.EncodeChanges(id, _step, [], goesOn: false), counts: true);
    }

    public void Open(KeyValueView source)
    {
        var here = source.Leases().Select(lease => lease.Id).ToHashSet();
        Sent(
            MigrationCommand.EncodeLeases(
                id, _step, [.. target.View.Leases().Where(lease => !here.Contains(lease.Id))
                    .Select(lease => new MigratedLease(lease.Id, 0, 0))]),
            counts: true);
        Sent(MigrationCommand.EncodeOpen(id, _step, source.Revision), counts: true);
    }

    /// <summary>All that can be read of a store from a revision on.</summary>
    public static string Show(KeyValueView view, long from)
    {
        var lines = new List<string> { $"at {view.Revision}" };
        for (var revision = from; revision <= view.Revision; revision++)
        {
            var range = view.Range(new RangeQuery { Range = Everything, Revision = revision });
            lines.Add($"{revision} {range.Error}: " + string.Join(", ", range.Items.Select(Show)));
        }

        Assert.Equal(KeyValueError.None, view.OpenChanges(from, out var changes));
        while (changes!.MoveNext())
        {
            var change = changes.Read(withPrevious: changes.Revision > from);
            lines.Add($"{changes.Revision}.{changes.Sub} {change.IsDeletion} {Show(change.Item)} "
                + (change.Previous is { } before ? Show(before) : "-"));
        }

        lines.AddRange(view.Leases().Select(lease => $"lease {lease.Id} {lease.TimeToLive}: "
            + string.Join(' ', view.LeasedKeys(lease.Id).Select(key => Convert.ToHexString(key.Span)))));
        return string.Join('\n', lines);
    }

    private static MigratedLease[] Leases(KeyValueView source) =>
        [.. source.Leases().Select(lease => new MigratedLease(lease.Id, lease.TimeToLive, 30))];

    private static byte[] Put(RandomSource random, long lease) =>
        KeyValueCommand.EncodePut(Key(random), new byte[random.NextBelow(9)], lease);

    private static byte[] Key(RandomSource random) => [(byte)random.NextBelow(7), (byte)random.NextBelow(3)];

    private static string Show(KeyValueItem item) =>
        $"{Convert.ToHexString(item.Key.Span)} {item.CreateRevision} {item.ModRevision} {item.Version} "
        + $"{item.Lease} {Convert.ToHexString(item.Value.Span)}";

    private void Sent(byte[] command, bool counts = false)
    {
        Assert.Equal(KeyValueError.None, Send(command).Error);
        var (once, revision) = (target.View.Migration, target.View.Revision);
        Assert.Equal(KeyValueError.None, Send(command).Error);
        Assert.Equal((once, revision), (target.View.Migration, target.View.Revision));
        _step += counts ? 1UL : 0;
    }

    private sealed class OneResult : IApplyResults
    {
        public ReadOnlyMemory<byte> Item { get; private set; }

        public void Set(int position, ReadOnlyMemory<byte> result) => Item = result;
    }
}
