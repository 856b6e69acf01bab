using System.Buffers;

namespace Ikada.KeyValue.Tests;

/// <summary>Each of etcd's published bugs of watches, by its number, and why it cannot happen here.</summary>
public sealed class WatchRegressions
{
    private readonly WatchDriver _driver = new(new WatchLimits
    {
        StreamPendingBytesMax = 100, StreamPendingBytesMin = 50, ResponseBytesTarget = 60,
    });

    private readonly WatchDriver.Client _client;

    public WatchRegressions() => _client = _driver.Open();

    [Fact]
    public void Etcd_15220_progress_is_not_told_before_the_events_it_speaks_of()
    {
        _client.Create("a");
        for (var i = 0; i < 5; i++)
        {
            _driver.Store.Put("a", "1");
        }

        _driver.PublishAll();
        _client.RequestProgress();
        Assert.NotEqual(0, _driver.Hub.BehindCount);
        _driver.Settle(_client);
        Assert.Equal(["progress 6"], _client.Received[0].Skip(5));
    }

    [Fact]
    public void Etcd_15220_a_request_is_answered_with_the_revision_it_was_made_at_or_a_later_one()
    {
        _client.Create("a");
        _driver.Store.Put("b", "1");
        _client.RequestProgress();
        _client.TakeAll();
        Assert.Equal(["created 0 at 1"], _client.Answers);
        _driver.PublishAll();
        _client.TakeAll();
        Assert.Equal(["created 0 at 1", "progress -1 2"], _client.Answers);
    }

    [Fact]
    public void Etcd_15271_a_member_that_gets_a_snapshot_does_not_tell_the_past_again()
    {
        _client.Create("a");
        _driver.Store.Put("a", "1");
        _driver.PublishAll();
        _client.TakeAll();
        var other = new StoreDriver();
        foreach (var value in new[] { "1", "2", "3" })
        {
            other.Put("a", value);
        }

        _driver.Store.Store.Restore(new ReadOnlySequence<byte>(other.Snapshot()));
        _driver.Store.Put("a", "4");
        _driver.Settle(_client);
        Assert.Equal(
            ["2 PUT a=1:2,2,1", "3 PUT a=2:2,3,2", "4 PUT a=3:2,4,3", "5 PUT a=4:2,5,4"],
            _client.Received[0]);
    }

    [Fact]
    public void What_waits_when_an_older_state_takes_over_is_told_under_a_header_that_knows_it()
    {
        _client.Create("a");
        _driver.Store.Put("b", "1");
        var older = _driver.Store.Snapshot();
        _driver.Store.Put("a", "2");
        _driver.PublishAll();
        _driver.Store.Store.Restore(new ReadOnlySequence<byte>(older));
        Assert.True(_driver.Hub.Revision < 3);
        // The client holds each header against the events under it.
        _client.TakeAll();
        Assert.Equal(["3 PUT a=2:3,3,1"], _client.Received[0]);
    }

    [Fact]
    public void Etcd_17247_what_a_transaction_changes_is_told_once_and_together()
    {
        _client.Create("a", "\0");
        _driver.Store.Apply(KeyValueCommand.EncodeTransaction(
            [],
            [
                KeyValueCommand.EncodePut(StoreDriver.Bytes("b"), StoreDriver.Bytes("1")),
                KeyValueCommand.EncodePut(StoreDriver.Bytes("a"), StoreDriver.Bytes("2")),
            ],
            []));
        _driver.Settle(_client);
        Assert.Equal(["2 PUT b=1:2,2,1", "2 PUT a=2:2,2,1"], _client.Received[0]);
        Assert.Equal([2], _client.Sizes);
    }

    [Fact]
    public void Etcd_17529_a_client_that_starves_loses_nothing()
    {
        _client.Create("a");
        for (var i = 0; i < 200; i++)
        {
            _driver.Store.Put("a", "v");
            _driver.PublishAll();
            Assert.True(_client.Stream.PendingBytes < 200);
        }

        _driver.Settle(_client);
        Assert.Equal(Enumerable.Range(1, 200).Select(i => $"{i + 1} PUT a=v:2,{i + 1},{i}"),
            _client.Received[0]);
    }

    [Fact]
    public void Etcd_18089_a_watcher_that_is_behind_gets_the_deletion_at_which_the_store_is_compacted()
    {
        _driver.Store.Put("a", "1");
        _driver.Store.Delete("a");
        var id = _client.Create("a", start: 3);
        Compact(3);
        _driver.Settle(_client);
        Assert.Equal(["3 DELETE a=:0,3,0"], _client.Received[id]);
    }

    [Fact]
    public void Etcd_18667_a_transaction_that_reads_what_was_compacted_does_nothing()
    {
        _driver.Store.Put("a", "1");
        _driver.Store.Put("a", "2");
        Compact(3);
        _client.Create("a");
        var result = _driver.Store.Apply(KeyValueCommand.EncodeTransaction(
            [],
            [
                KeyValueCommand.EncodePut(StoreDriver.Bytes("a"), StoreDriver.Bytes("3")),
                KeyValueCommand.EncodeRangeOperation(new RangeQuery
                {
                    Range = new KeyRange(StoreDriver.Bytes("a"), default), Revision = 2,
                }),
            ],
            []));
        Assert.Equal((KeyValueError.Compacted, 3L), (result.Error, result.Revision));
        _driver.Settle(_client);
        Assert.Empty(_client.Received);
    }

    [Fact]
    public void Etcd_19179_a_watch_opened_at_the_compacted_revision_gets_the_deletion_there()
    {
        _driver.Store.Put("a", "1");
        _driver.Store.Delete("a");
        _driver.Store.Put("b", "1");
        Compact(3);
        var id = _client.Create("a", start: 3);
        _driver.Settle(_client);
        Assert.Equal(["3 DELETE a=:0,3,0"], _client.Received[id]);
    }

    [Fact]
    public void Etcd_20221_a_watch_of_the_future_hears_nothing_of_the_past_after_a_snapshot()
    {
        _driver.Store.Put("a", "1");
        _driver.PublishAll();
        _client.Create(new WatchSpec(new KeyRange(StoreDriver.Bytes("a"), default))
        {
            StartRevision = 5, WantsProgress = true,
        });
        var other = new StoreDriver();
        other.Put("a", "1");
        other.Put("a", "2");
        _driver.Store.Store.Restore(new ReadOnlySequence<byte>(other.Snapshot()));
        _client.Stream.TellProgressOfQuiet();
        _client.RequestProgress();
        _driver.Settle(_client);
        Assert.Empty(_client.Received);
        _driver.Store.Put("a", "3");
        _driver.Store.Put("a", "4");
        _driver.Settle(_client);
        Assert.Equal(["5 PUT a=4:2,5,4", "progress 5"], _client.Received[0]);
    }

    [Fact]
    public void A_watch_of_what_was_compacted_is_made_and_then_cancelled_with_the_revision_to_go_on_from()
    {
        _driver.Store.Put("a", "1");
        _driver.Store.Put("a", "2");
        Compact(3);
        _client.Create("a", start: 2);
        Assert.Equal(["created 0 at 3", "canceled 0 3"], _client.Answers);
        Assert.Equal(0, _client.Stream.Count);
    }

    [Fact]
    public void The_id_of_a_watcher_that_a_compaction_ended_is_taken_until_it_is_cancelled()
    {
        _driver.Store.Put("a", "1");
        _driver.Store.Put("a", "2");
        Compact(3);
        _client.Create("a", "", 2);
        Assert.Equal(1, _client.Create("a"));
        Assert.Equal(-1, _client.Create(new WatchSpec(new KeyRange(StoreDriver.Bytes("a"), default))
        {
            WatchId = 1,
        }));
        _client.Forget();
        _client.Cancel(0);
        _client.Cancel(0);
        _client.TakeAll();
        Assert.Equal(["canceled 0 0"], _client.Answers);
    }

    [Fact]
    public void Whoever_cancels_a_watcher_that_a_compaction_has_ended_is_not_told_what_still_waits()
    {
        _client.Create("a");
        for (var i = 0; i < 20; i++)
        {
            _driver.Store.Put("a", "v");
        }

        _driver.PublishAll();
        Compact(21);
        _driver.PublishAll();
        _client.Cancel(0);
        _client.TakeAll();
        Assert.Equal(["created 0 at 1", "canceled 0 0"], _client.Answers);
        Assert.Empty(_client.Received);
        Assert.Equal(0, _driver.Hub.PendingBytes);
    }

    [Fact]
    public void A_slow_watcher_overtaken_by_a_compaction_gets_what_waits_and_is_cancelled_behind_it()
    {
        _client.Create("a");
        for (var i = 0; i < 20; i++)
        {
            _driver.Store.Put("a", "v");
        }

        _driver.PublishAll();
        Compact(21);
        _driver.PublishAll();
        _client.TakeAll();
        Assert.Equal("canceled 0 21", _client.Answers[^1]);
        Assert.Equal("2 PUT a=v:2,2,1", _client.Received[0][0]);
        Assert.InRange(_client.Received[0].Count, 1, 18);
    }

    [Fact]
    public void An_event_is_encoded_once_for_all_its_watchers()
    {
        var driver = new WatchDriver();
        WatchDriver.Client[] clients = [driver.Open(), driver.Open()];
        for (var i = 0; i < 50; i++)
        {
            clients[i % 2].Create(new WatchSpec(new KeyRange(StoreDriver.Bytes("a"), default))
            {
                WithPrevious = i % 3 == 0,
            });
        }

        driver.Store.Put("a", "1");
        driver.Settle(clients);
        Assert.Equal(1, driver.Encodings);
        driver.Store.Put("a", "2");
        driver.Settle(clients);
        // With what stood there before, and without.
        Assert.Equal(3, driver.Encodings);
        Assert.Equal(50, clients.Sum(client => client.Received.Count));
    }

    private void Compact(long revision) => Assert.Equal(
        KeyValueError.None, _driver.Store.Apply(KeyValueCommand.EncodeCompact(revision)).Error);
}
