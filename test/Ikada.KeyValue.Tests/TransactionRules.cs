namespace Ikada.KeyValue.Tests;

public sealed class TransactionRules
{
    private readonly StoreDriver _store = new();

    [Fact]
    public void All_changes_of_a_transaction_share_one_revision_and_come_in_its_order()
    {
        _store.Put("c", "0");
        var result = _store.Apply(Txn([], [Put("b", "1"), Delete("c"), Txn([], [Put("a", "2")])]));
        Assert.Equal((KeyValueError.None, 3, true), (result.Error, result.Revision, result.Succeeded));
        Assert.Equal(
            "3.0 put b=1 | 3.1 deleted c was 0 | 3.2 put a=2", ChangeRules.Changes(_store, 3));
        Assert.Equal([3L, 3L, 3L], result.Responses.Select(one => one.Write!.Revision));
        Assert.True(result.Responses[2].Write!.Succeeded);
    }

    [Fact]
    public void A_read_sees_what_was_written_before_it_in_the_transaction()
    {
        _store.Put("a", "old");
        var result = _store.Apply(Txn(
            [], [Range("a"), Put("a", "new"), Range("a"), Range("a", 2), Delete("a"), Range("a")]));
        var seen = result.Responses.Where(one => one.Range is not null).Select(one => one.Range!).ToList();
        Assert.Equal(
            ["old", "new", "old", ""],
            seen.Select(one => one.Items.Count == 0 ? "" : StoreDriver.Text(one.Items[0].Value)));
        Assert.Equal([2L, 3L, 3L, 3L], seen.Select(one => one.Revision));
    }

    [Theory]
    [InlineData(0, KeyValueError.None)]
    [InlineData(-1, KeyValueError.None)]
    [InlineData(-2, KeyValueError.Compacted)]
    [InlineData(9, KeyValueError.FutureRevision)]
    public void A_read_in_a_transaction_takes_no_revision_below_minus_one(
        long revision, KeyValueError error) =>
        Assert.Equal(error, _store.Apply(Txn([], [Range("a", revision)])).Error);

    [Fact]
    public void A_transaction_that_changes_nothing_makes_no_revision()
    {
        _store.Put("a", "1");
        Assert.Equal(2, _store.Apply(Txn([], [])).Revision);
        Assert.Equal(2, _store.Apply(Txn([], [Delete("x"), Range("a")])).Revision);
        Assert.Equal(3, _store.Put("a", "2").Revision);
    }

    [Fact]
    public void The_failure_branch_runs_if_one_condition_does_not_hold()
    {
        _store.Put("a", "1");
        var compares = new[] { Is("a", ComparisonTarget.Version, 1), Is("a", ComparisonTarget.Mod, 7) };
        var result = _store.Apply(Txn(compares, [Put("b", "yes")], [Put("b", "no")]));
        Assert.False(result.Succeeded);
        Assert.Equal("no", StoreDriver.Text(_store.Single("b").Value));
    }

    [Fact]
    public void Each_nested_transaction_takes_its_own_branch()
    {
        var no = Is("x", ComparisonTarget.Version, 7);
        var inner = Txn([], [Put("c", "then")], Put("c", "else"));
        var nested = Txn([no], [Put("a", "then")], Put("a", "else"), inner);
        _store.Apply(Txn([], [nested, Txn([], [Put("b", "then")], Put("b", "else"))]));
        Assert.Equal(
            "else then then",
            string.Join(' ', _store.Range("\0", "\0").Items.Select(item => StoreDriver.Text(item.Value))));
    }

    [Theory]
    [InlineData("a", "", ComparisonTarget.Version, ComparisonResult.Equal, 2, true)]
    [InlineData("a", "", ComparisonTarget.Version, ComparisonResult.Greater, 1, true)]
    [InlineData("a", "", ComparisonTarget.Version, ComparisonResult.Greater, 2, false)]
    [InlineData("a", "", ComparisonTarget.Version, ComparisonResult.Less, 3, true)]
    [InlineData("a", "", ComparisonTarget.Create, ComparisonResult.Equal, 2, true)]
    [InlineData("a", "", ComparisonTarget.Mod, ComparisonResult.NotEqual, 3, false)]
    [InlineData("a", "", ComparisonTarget.Lease, ComparisonResult.Equal, 0, true)]
    [InlineData("a", "c", ComparisonTarget.Mod, ComparisonResult.Greater, 2, true)]
    [InlineData("a", "c", ComparisonTarget.Mod, ComparisonResult.Greater, 3, false)]
    [InlineData("a", "\0", ComparisonTarget.Version, ComparisonResult.Less, 3, true)]
    [InlineData("x", "", ComparisonTarget.Version, ComparisonResult.Equal, 0, true)]
    [InlineData("x", "z", ComparisonTarget.Create, ComparisonResult.Equal, 0, true)]
    [InlineData("x", "", ComparisonTarget.Mod, ComparisonResult.Greater, 0, false)]
    [InlineData("a", "", (ComparisonTarget)9, ComparisonResult.Equal, 5, true)]
    [InlineData("a", "", ComparisonTarget.Version, (ComparisonResult)9, 5, true)]
    public void Numbers_are_compared(
        string key, string end, ComparisonTarget target, ComparisonResult result, long number, bool holds)
    {
        // Versions: a 2, b 1; mod revisions: a 3, b 4.
        _store.Put("a", "1");
        _store.Put("a", "2");
        _store.Put("b", "3");
        var range = new KeyRange(StoreDriver.Bytes(key), StoreDriver.Bytes(end));
        var compare = new KeyComparison(range, target, result, number, default);
        Assert.Equal(holds, _store.Apply(Txn([compare], [])).Succeeded);
    }

    [Theory]
    [InlineData("a", ComparisonResult.Equal, "m", true)]
    [InlineData("a", ComparisonResult.Greater, "l", true)]
    [InlineData("a", ComparisonResult.Less, "l", false)]
    [InlineData("x", ComparisonResult.Equal, "", false)]
    [InlineData("x", ComparisonResult.NotEqual, "m", false)]
    [InlineData("x", ComparisonResult.Less, "m", false)]
    public void A_condition_about_the_value_of_a_missing_key_never_holds(
        string key, ComparisonResult result, string value, bool holds)
    {
        _store.Put("a", "m");
        var compare = new KeyComparison(
            new KeyRange(StoreDriver.Bytes(key), default), ComparisonTarget.Value, result, 0,
            StoreDriver.Bytes(value));
        Assert.Equal(holds, _store.Apply(Txn([compare], [])).Succeeded);
    }

    [Fact]
    public void Nested_conditions_are_judged_on_the_state_before_the_first_write()
    {
        var nested = Txn([Is("a", ComparisonTarget.Version, 0)], [Put("b", "before")], [Put("b", "after")]);
        Assert.True(_store.Apply(Txn([], [Put("a", "1"), nested])).Responses[1].Write!.Succeeded);
        Assert.Equal("before", StoreDriver.Text(_store.Single("b").Value));
    }

    [Fact]
    public void What_cannot_be_done_on_the_way_fails_the_whole_transaction_before_any_write()
    {
        _store.Put("a", "1");
        var hash = _store.Store.View.HashAt(0);
        byte[] ignoring = KeyValueCommand.EncodePut("none"u8, default, ignoreValue: true);
        byte[] leased = KeyValueCommand.EncodePut("b"u8, "1"u8, lease: 77);
        Assert.Equal(KeyValueError.KeyNotFound, _store.Apply(Txn([], [Put("b", "1"), ignoring])).Error);
        Assert.Equal(KeyValueError.LeaseNotFound, _store.Apply(Txn([], [Put("c", "1"), leased])).Error);
        Assert.Equal(
            KeyValueError.FutureRevision,
            _store.Apply(Txn([], [Put("b", "1"), Txn([], [Range("a", 3)])])).Error);
        Assert.Equal(KeyValueError.KeyNotProvided, _store.Apply(Txn([], [Put("b", "1"), Delete("")])).Error);
        Assert.Equal((hash, 2L), (_store.Store.View.HashAt(0), _store.Store.View.Revision));

        // The branch not taken does not count.
        Assert.Equal(KeyValueError.None, _store.Apply(Txn([], [Put("b", "1")], [leased, ignoring])).Error);
    }

    [Fact]
    public void A_key_put_after_its_deletion_in_one_revision_is_a_creation_with_nothing_before_it()
    {
        _store.Put("a", "0");
        _store.Apply(Txn([], [Txn([], [Delete("a")]), Txn([], [Put("a", "1")])]));
        Assert.Equal("3.0 deleted a was 0 | 3.1 put a=1", ChangeRules.Changes(_store, 3));
    }

    [Fact]
    public void A_key_may_be_put_and_deleted_in_one_revision_and_both_changes_stay()
    {
        _store.Put("a", "0");
        var result = _store.Apply(Txn([], [Txn([], [Put("a", "1")]), Txn([], [Delete("a")])]));
        Assert.Equal((3, 1), (result.Revision, result.Responses[1].Write!.Responses[0].Write!.Deleted));
        Assert.Equal("3.0 put a=1 was 0 | 3.1 deleted a was 0", ChangeRules.Changes(_store, 3));
        Assert.Empty(_store.Range("a", with: query => query with { Revision = 3 }).Items);
        Assert.Equal("0", StoreDriver.Text(
            _store.Range("a", with: query => query with { Revision = 2 }).Items[0].Value));
        var copy = new StoreDriver();
        copy.Store.Restore(new System.Buffers.ReadOnlySequence<byte>(_store.Snapshot()));
        Assert.Equal(ChangeRules.Changes(_store, 2), ChangeRules.Changes(copy, 2));
        Assert.Empty(copy.Range("a").Items);
    }

    [Fact]
    public void A_listener_is_told_the_same_changes_as_the_history_tells_later()
    {
        _store.Put("a", "0");
        _store.Put("b", "0");
        var heard = new Listener();
        _store.Store.Listener = heard;
        _store.Apply(Txn(
            [], [Txn([], [Put("a", "1"), Put("c", "1")]), Txn([], [Delete("a", "z")])]));
        Assert.Equal(KeyValueError.None, _store.Store.View.OpenChanges(4, out var changes));
        var told = new List<KeyValueChange>();
        while (changes!.MoveNext())
        {
            told.Add(changes.Read(withPrevious: true));
        }

        Assert.Equal(5, told.Count);
        Assert.Equal(told.Select(Show), heard.Made.Select(Show));
    }

    private static string Show(KeyValueChange change) =>
        $"{change.Revision} {change.IsDeletion} {StoreDriver.Text(change.Item.Key)} "
        + $"{StoreDriver.Text(change.Item.Value)} {change.Item.Version} {change.Previous?.ModRevision}";

    private sealed class Listener : IChangeListener
    {
        public List<KeyValueChange> Made { get; } = [];

        public bool WantsChanges => true;

        public void Published(KeyValueView view, IReadOnlyList<KeyValueChange>? made) => Made.AddRange(made!);
    }

    [Fact]
    public void A_transaction_that_only_reads_is_answered_from_a_view_and_any_other_is_refused_there()
    {
        _store.Put("a", "1");
        var view = _store.Store.View;
        var read = view.ReadTransaction(Txn(
            [Is("a", ComparisonTarget.Version, 1)], [Range("a"), Range("x")]));
        Assert.Equal((true, 2L, 2), (read.Succeeded, read.Revision, read.Responses.Count));
        Assert.Equal("a", StoreDriver.Keys(read.Responses[0].Range!));
        Assert.Equal(
            KeyValueError.FutureRevision, view.ReadTransaction(Txn([], [Range("a", 9)])).Error);
        Assert.Equal(KeyValueError.Malformed, view.ReadTransaction(Txn([], [Put("a", "1")])).Error);
        Assert.Equal(KeyValueError.Malformed, view.ReadTransaction(Put("a", "1")).Error);
    }

    [Fact]
    public void A_malformed_transaction_is_refused_as_a_whole_wherever_it_is_cut()
    {
        var whole = Txn(
            [Is("a", ComparisonTarget.Version, 0)],
            [Put("a", "1"), Txn([], [Delete("b", "c"), Range("d")])],
            [Put("z", "1")]);
        for (var length = 2; length < whole.Length; length++)
        {
            Assert.Equal(KeyValueError.Malformed, _store.Apply(whole[..length]).Error);
        }

        Assert.Equal(KeyValueError.Malformed, _store.Apply([.. whole, 0]).Error);
        Assert.Equal(1, _store.Store.View.Revision);
        Assert.Equal(KeyValueError.None, _store.Apply(whole).Error);
        byte[] deep = Put("a", "1");
        for (var depth = 0; depth < 200; depth++)
        {
            deep = Txn([], [deep]);
        }

        Assert.Equal(KeyValueError.Malformed, _store.Apply(deep).Error);
    }

    internal static byte[] Txn(
        IReadOnlyList<KeyComparison> compares, IReadOnlyList<byte[]> success, params byte[][] failure) =>
        KeyValueCommand.EncodeTransaction(compares, success, failure);

    internal static byte[] Put(string key, string value) =>
        KeyValueCommand.EncodePut(StoreDriver.Bytes(key), StoreDriver.Bytes(value));

    private static byte[] Delete(string key, string end = "") =>
        KeyValueCommand.EncodeDeleteRange(StoreDriver.Bytes(key), StoreDriver.Bytes(end));

    private static byte[] Range(string key, long revision = 0) => KeyValueCommand.EncodeRangeOperation(
        RangeQuery.Of(StoreDriver.Bytes(key)) with { Revision = revision });

    private static KeyComparison Is(string key, ComparisonTarget target, long number) => new(
        new KeyRange(StoreDriver.Bytes(key), default), target, ComparisonResult.Equal, number, default);
}
