using System.Buffers;
using System.Text;
using Ikada.StateMachine;

namespace Ikada.KeyValue.Tests;

/// <summary>Whoever reads a range page by page is told etcd's count, and it is counted once.</summary>
public sealed class PagingRules
{
    private const int Keys = 5000;
    private const int Limit = 700;
    private readonly CountedStore _ordered = new();
    private readonly KeyValueStore _store;

    public PagingRules()
    {
        _store = new KeyValueStore(_ordered);
        Put(_store, Enumerable.Range(0, Keys));
    }

    [Fact]
    public void Pages_of_one_revision_are_counted_once()
    {
        _ordered.Counts = 0;
        Assert.Equal(Keys, ReadPages(_store.View, revision: 0));
        // The first page, and the last ones, whose rest is small.
        Assert.Equal(3, _ordered.Counts);
    }

    [Fact]
    public void Pages_of_an_older_revision_are_right_while_writes_go_on()
    {
        var revision = _store.State.Revision;
        Put(_store, Enumerable.Range(Keys, 10));
        Assert.Equal(Keys, ReadPages(_store.View, revision));
        Put(_store, Enumerable.Range(0, 10));
        Assert.Equal(Keys, ReadPages(_store.View, revision));
        Assert.Equal(Keys + 10, ReadPages(_store.View, revision: 0));
    }

    [Fact]
    public void A_restore_forgets_what_was_counted()
    {
        Assert.Equal(Keys, ReadPages(_store.View, revision: 0));
        var other = new KeyValueStore();
        // As many revisions, fewer keys.
        Put(other, Enumerable.Range(0, Keys).Select(one => one < 100 ? one + 1 : one));
        Assert.Equal(_store.State.Revision, other.State.Revision);
        var snapshot = new ArrayBufferWriter<byte>();
        other.CaptureSnapshot().WriteTo(snapshot);

        _store.Restore(new ReadOnlySequence<byte>(snapshot.WrittenMemory));

        Assert.Equal(Keys - 1, ReadPages(_store.View, revision: 0));
    }

    [Fact]
    public void A_migration_forgets_what_was_counted()
    {
        var target = new KeyValueStore();
        var trip = new MigrationTrip(target);
        using var source = _store.Hold();
        trip.Begin(source);
        trip.Copy(source, 2000);
        var copied = ReadPages(target.View, revision: 0);
        while (target.View.Migration.IsUnderWay)
        {
            MigrationTrip.Apply(target, MigrationCommand.EncodeClear(1000));
            var left = (int)target.View.Range(Query(Key(0), 0) with { CountOnly = true }).Count;
            Assert.True(left < copied);
            Assert.Equal(left, ReadPages(target.View, revision: 0));
            copied = Math.Max(left, 1);
        }
    }

    /// <summary>Reads all there is; each page tells how many are left. How many there were.</summary>
    private static int ReadPages(KeyValueView view, long revision)
    {
        var all = view.Range(Query(Key(0), revision) with { CountOnly = true }).Count;
        var (from, read) = (Key(0), 0);
        while (true)
        {
            var page = view.Range(Query(from, revision) with { Limit = Limit });
            Assert.Equal(all - read, page.Count);
            Assert.Equal(all - read > Limit, page.More);
            Assert.Equal(Math.Min(Limit, all - read), page.Items.Count);
            read += page.Items.Count;
            if (!page.More)
            {
                return read;
            }

            from = [.. page.Items[^1].Key.Span, 0];
        }
    }

    private static RangeQuery Query(byte[] from, long revision) =>
        new() { Range = new KeyRange(from, new byte[1]), Revision = revision };

    private static byte[] Key(int number) => Encoding.ASCII.GetBytes($"key {number:D6}");

    private static void Put(KeyValueStore store, IEnumerable<int> keys)
    {
        var first = store.AppliedIndex.Next;
        CommittedCommand[] commands = [.. keys.Select((key, at) => new CommittedCommand(
            first + (ulong)at, 1, KeyValueCommand.EncodePut(Key(key), [1]), WantsResult: false))];
        store.Apply(commands, commands[^1].Index, new StoreDriver.Results(commands.Length));
    }

    /// <summary>A store in memory that notes each count of a range.</summary>
    private sealed class CountedStore : IOrderedStore
    {
        private readonly MemoryOrderedStore _inner = new();

        public int Counts { get; set; }

        public IHeldView Hold() => new View(this, _inner.Hold());

        public IOrderedBatch BeginBatch() => _inner.BeginBatch();

        public IOrderedBatch BeginReplacement() => _inner.BeginReplacement();

        private sealed class View(CountedStore store, IHeldView inner) : IHeldView
        {
            public long SizeBytes => inner.SizeBytes;

            public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value) =>
                inner.TryGet(key, out value);

            public long CountRange(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
            {
                store.Counts++;
                return inner.CountRange(from, to);
            }

            public IOrderedCursor OpenCursor() => inner.OpenCursor();

            public bool TryHold() => inner.TryHold();

            public void LetGo() => inner.LetGo();
        }
    }
}
