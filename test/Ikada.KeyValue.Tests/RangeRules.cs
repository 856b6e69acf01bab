namespace Ikada.KeyValue.Tests;

public sealed class RangeRules
{
    private readonly StoreDriver _store = new();

    public RangeRules()
    {
        // Revisions:          2 d  3 b  4 a  5 c  6 b
        foreach (var (key, value) in new[] { ("d", "1"), ("b", "9"), ("a", "5"), ("c", "7"), ("b", "3") })
        {
            _store.Put(key, value);
        }
    }

    [Theory]
    [InlineData("b", "", "b")]
    [InlineData("x", "", "")]
    [InlineData("a", "c", "a b")]
    [InlineData("c", "c", "")]
    [InlineData("c", "a", "")]
    [InlineData("b", "\0", "b c d")]
    [InlineData("\0", "\0", "a b c d")]
    [InlineData("aa", "cc", "b c")]
    public void A_range_holds_what_its_key_and_end_say(string key, string end, string expected)
    {
        var now = _store.Range(key, end);
        Assert.Equal(expected, StoreDriver.Keys(now));
        Assert.Equal(now.Items.Count, now.Count);
        _store.Put("z", "1");
        var before = _store.Range(key, end, query => query with { Revision = 6 });
        Assert.Equal(expected, StoreDriver.Keys(before));
        Assert.Equal(now.Count, before.Count);
    }

    [Fact]
    public void An_empty_key_is_refused() =>
        Assert.Equal(KeyValueError.KeyNotProvided, _store.Range("", "z").Error);

    [Theory]
    [InlineData(0, 4, false)]
    [InlineData(-1, 4, false)]
    [InlineData(3, 3, true)]
    [InlineData(4, 4, false)]
    public void More_is_said_only_if_the_limit_cut_something(long limit, int items, bool more)
    {
        foreach (var revision in new long[] { 0, 5 })
        {
            var result = _store.Range("a", "\0", query => query with { Limit = limit, Revision = revision });
            Assert.Equal((items, more, 4L), (result.Items.Count, result.More, result.Count));
        }
    }

    [Fact]
    public void Count_only_gives_no_items()
    {
        var result = _store.Range("a", "\0", query => query with { CountOnly = true, Limit = 1 });
        Assert.Equal((0, 4L, false), (result.Items.Count, result.Count, result.More));
    }

    [Fact]
    public void Keys_only_empties_values_and_keeps_the_rest()
    {
        var item = _store.Range("b", "c", query => query with { KeysOnly = true }).Items[0];
        Assert.Equal(
            (0, 3L, 6L, 2L), (item.Value.Length, item.CreateRevision, item.ModRevision, item.Version));
    }

    [Theory]
    [InlineData(SortOrder.None, SortTarget.Key, "a b c d")]
    [InlineData(SortOrder.Ascend, SortTarget.Key, "a b c d")]
    [InlineData(SortOrder.Descend, SortTarget.Key, "d c b a")]
    [InlineData(SortOrder.Ascend, SortTarget.Mod, "d a c b")]
    [InlineData(SortOrder.Descend, SortTarget.Mod, "b c a d")]
    [InlineData(SortOrder.Ascend, SortTarget.Create, "d b a c")]
    [InlineData(SortOrder.Descend, SortTarget.Version, "b a c d")]
    [InlineData(SortOrder.Ascend, SortTarget.Value, "d b a c")]
    public void Items_come_in_the_order_asked_for(SortOrder order, SortTarget target, string expected)
    {
        var sorted = _store.Range("a", "\0", query => query with { Order = order, Target = target });
        Assert.Equal(expected, StoreDriver.Keys(sorted));
        var cut = _store.Range("a", "\0", query => query with { Order = order, Target = target, Limit = 2 });
        Assert.Equal(expected[..3], StoreDriver.Keys(cut));
        Assert.True(cut.More);
    }

    [Theory]
    [InlineData(0, "d a c b", false)]
    [InlineData(1, "a", true)]
    [InlineData(2, "a c", true)]
    [InlineData(3, "d a c", true)]
    [InlineData(4, "d a c b", false)]
    public void A_target_without_an_order_sorts_one_key_more_than_the_limit_and_no_others(
        long limit, string expected, bool more)
    {
        var result = _store.Range("a", "\0", query => query with { Target = SortTarget.Mod, Limit = limit });
        Assert.Equal((expected, more, 4L), (StoreDriver.Keys(result), result.More, result.Count));
    }

    [Theory]
    [InlineData(3, 9)]
    [InlineData(-1, 0)]
    [InlineData(0, 5)]
    public void An_unknown_sort_option_is_refused(int order, int target) =>
        Assert.Equal(
            KeyValueError.InvalidSortOption,
            _store.Range("a", with: query =>
                query with { Order = (SortOrder)order, Target = (SortTarget)target }).Error);

    [Theory]
    [InlineData(4, 0, 0, 0, "a b c")]
    [InlineData(0, 4, 0, 0, "a d")]
    [InlineData(4, 5, 0, 0, "a c")]
    [InlineData(0, 0, 3, 0, "a b c")]
    [InlineData(0, 0, 0, 3, "b d")]
    [InlineData(6, 0, 0, 3, "b")]
    public void Filters_are_inclusive_and_leave_the_count_alone(
        long minMod, long maxMod, long minCreate, long maxCreate, string expected)
    {
        var result = _store.Range("a", "\0", query => query with
        {
            MinModRevision = minMod,
            MaxModRevision = maxMod,
            MinCreateRevision = minCreate,
            MaxCreateRevision = maxCreate,
        });
        Assert.Equal(expected, StoreDriver.Keys(result));
        Assert.Equal((4L, false), (result.Count, result.More));
    }

    [Fact]
    public void The_limit_applies_after_the_filters()
    {
        var result = _store.Range("a", "\0", query => query with { MinModRevision = 5, Limit = 1 });
        Assert.Equal(("b", true, 4L), (StoreDriver.Keys(result), result.More, result.Count));
        var exact = _store.Range("a", "\0", query => query with { MinModRevision = 5, Limit = 2 });
        Assert.False(exact.More);
    }

    [Fact]
    public void Keys_with_zero_bytes_keep_their_order_in_the_history()
    {
        var store = new StoreDriver();
        foreach (var key in new[] { "a\0b", "a", "a\0", "b", "a\u0001", "a\0\0" })
        {
            store.Put(key, "1");
        }

        store.Delete("\0", "\0");
        var result = store.Range("a", "b", query => query with { Revision = 7 });
        Assert.Equal("a a\0 a\0\0 a\0b a\u0001", StoreDriver.Keys(result));
    }
}
