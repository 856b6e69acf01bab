namespace Ikada.KeyValue.Tests;

public sealed class RevisionRules
{
    private readonly StoreDriver _store = new();

    [Fact]
    public void An_empty_store_stands_at_revision_1_and_the_first_put_makes_2()
    {
        Assert.Equal(1, _store.Range("a").Revision);
        Assert.Equal(2, _store.Put("a", "1").Revision);
    }

    [Fact]
    public void A_put_makes_one_revision_and_counts_the_version()
    {
        _store.Put("a", "1");
        _store.Put("b", "1");
        Assert.Equal(4, _store.Put("a", "2").Revision);
        var item = _store.Single("a");
        Assert.Equal((2, 4, 2, 0), (item.CreateRevision, item.ModRevision, item.Version, item.Lease));
        Assert.Equal("2", StoreDriver.Text(item.Value));
    }

    [Fact]
    public void A_key_created_again_after_its_deletion_starts_at_version_1()
    {
        _store.Put("a", "1");
        _store.Put("a", "2");
        _store.Delete("a");
        _store.Put("a", "3");
        var item = _store.Single("a");
        Assert.Equal((5, 5, 1), (item.CreateRevision, item.ModRevision, item.Version));
    }

    [Fact]
    public void A_deletion_of_many_keys_makes_one_revision()
    {
        _store.Put("a", "1");
        _store.Put("b", "1");
        var result = _store.Delete("a", "\0");
        Assert.Equal((4, 2), (result.Revision, result.Deleted));
        Assert.Equal(0, _store.Range("a", "\0").Count);
    }

    [Fact]
    public void A_deletion_of_nothing_makes_no_revision()
    {
        _store.Put("a", "1");
        var result = _store.Delete("b");
        Assert.Equal((KeyValueError.None, 2, 0), (result.Error, result.Revision, result.Deleted));
    }

    [Fact]
    public void The_header_of_a_read_at_an_old_revision_has_the_current_one()
    {
        _store.Put("a", "1");
        _store.Put("a", "2");
        var result = _store.Range("a", with: query => query with { Revision = 2 });
        Assert.Equal(3, result.Revision);
        Assert.Equal("1", StoreDriver.Text(Assert.Single(result.Items).Value));
    }

    [Fact]
    public void A_deleted_key_is_still_there_at_the_revision_before()
    {
        _store.Put("a", "1");
        _store.Delete("a");
        Assert.Empty(_store.Range("a").Items);
        Assert.Single(_store.Range("a", with: query => query with { Revision = 2 }).Items);
        Assert.Empty(_store.Range("a", with: query => query with { Revision = 1 }).Items);
    }

    [Fact]
    public void A_future_revision_is_refused_and_the_current_one_is_not()
    {
        _store.Put("a", "1");
        var future = _store.Range("a", with: query => query with { Revision = 3 });
        Assert.Equal((KeyValueError.FutureRevision, 2), (future.Error, future.Revision));
        Assert.Equal(1, _store.Range("a", with: query => query with { Revision = 2 }).Count);
    }

    [Fact]
    public void A_revision_of_0_or_less_means_now()
    {
        _store.Put("a", "1");
        Assert.Equal(1, _store.Range("a", with: query => query with { Revision = -7 }).Count);
    }
}
