using System.Buffers;
using Ikada.Primitives;
using Ikada.StateMachine;
using Ikada.Testing;

namespace Ikada.KeyValue.Tests;

public sealed class CommandRules
{
    private readonly StoreDriver _store = new();

    private static byte[] Put(
        string key, string value, long lease = 0, bool ignoreValue = false, bool ignoreLease = false) =>
        KeyValueCommand.EncodePut(
            StoreDriver.Bytes(key), StoreDriver.Bytes(value), lease, prevKv: true, ignoreValue, ignoreLease);

    [Fact]
    public void A_put_tells_what_stood_there_only_if_asked_and_there()
    {
        Assert.Empty(_store.Put("a", "1", prevKv: true).Previous);
        Assert.Empty(_store.Put("a", "2").Previous);
        var previous = Assert.Single(_store.Put("a", "3", prevKv: true).Previous);
        Assert.Equal(
            ("2", 3L, 2L), (StoreDriver.Text(previous.Value), previous.ModRevision, previous.Version));
    }

    [Fact]
    public void A_deletion_tells_every_key_it_deleted_if_asked()
    {
        _store.Put("a", "1");
        _store.Put("b", "2");
        var previous = _store.Delete("a", "\0", prevKv: true).Previous;
        Assert.Equal(["1", "2"], previous.Select(item => StoreDriver.Text(item.Value)));
    }

    [Fact]
    public void Ignore_value_keeps_the_value_and_counts_the_version()
    {
        _store.Put("a", "1");
        Assert.Equal(3, _store.Apply(Put("a", "", ignoreValue: true)).Revision);
        var item = _store.Single("a");
        Assert.Equal(("1", 2L), (StoreDriver.Text(item.Value), item.Version));
    }

    [Fact]
    public void What_a_put_cannot_mean_is_refused_and_changes_nothing()
    {
        _store.Put("a", "1");
        Assert.Equal(KeyValueError.KeyNotProvided, _store.Apply(Put("", "1")).Error);
        Assert.Equal(KeyValueError.ValueProvided, _store.Apply(Put("a", "1", ignoreValue: true)).Error);
        Assert.Equal(
            KeyValueError.LeaseProvided, _store.Apply(Put("a", "1", lease: 1, ignoreLease: true)).Error);
        Assert.Equal(KeyValueError.KeyNotFound, _store.Apply(Put("b", "", ignoreValue: true)).Error);
        Assert.Equal(KeyValueError.KeyNotFound, _store.Apply(Put("b", "1", ignoreLease: true)).Error);
        Assert.Equal(KeyValueError.LeaseNotFound, _store.Apply(Put("a", "1", lease: 77)).Error);
        Assert.Equal(KeyValueError.LeaseNotFound, _store.Apply(Put("a", "1", lease: -1)).Error);
        Assert.Equal(KeyValueError.KeyNotProvided, _store.Delete("").Error);
        Assert.Equal((2L, "1"), (_store.Range("a").Revision, StoreDriver.Text(_store.Single("a").Value)));
    }

    [Fact]
    public void A_member_publishes_itself_without_a_revision_and_the_last_word_counts()
    {
        _store.Apply(
            KeyValueCommand.EncodePublishMember(new PublishedMember(new NodeId(9), "n9", ["http://x:1"])));
        _store.Apply(KeyValueCommand.EncodePublishMember(new PublishedMember(new NodeId(2), "n2", [])));
        _store.Apply(KeyValueCommand.EncodePublishMember(
            new PublishedMember(new NodeId(9), "nine", ["http://y:1", "z"])));
        var members = _store.Store.View.PublishedMembers();
        Assert.Equal(["n2", "nine"], members.Select(member => member.Name));
        Assert.Equal(["http://y:1", "z"], members[1].ClientUrls);
        Assert.Equal((1L, 0L), (_store.Store.View.Revision, _store.Range("\0", "\0").Count));
    }

    [Fact]
    public void Every_cut_of_a_command_is_malformed_and_two_stores_agree_on_it()
    {
        var other = new StoreDriver();
        foreach (var command in new[]
        {
            Put("key", "value"),
            KeyValueCommand.EncodeDeleteRange("a"u8, "b"u8),
            KeyValueCommand.EncodePublishMember(new PublishedMember(new NodeId(1), "n", ["u"])),
        })
        {
            for (var length = 0; length < command.Length; length++)
            {
                Assert.Equal(KeyValueError.Malformed, _store.Apply(command[..length]).Error);
                other.Apply(command[..length]);
            }

            Assert.Equal(KeyValueError.Malformed, _store.Apply([.. command, 0]).Error);
            other.Apply([.. command, 0]);
        }

        Assert.Equal(_store.Store.StateHash, other.Store.StateHash);
        Assert.Equal(1, _store.Store.View.Revision);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(200, 1)]
    [InlineData(1, 2)]
    [InlineData(1, 0)]
    public void A_command_of_another_kind_or_version_is_unsupported(byte kind, byte version)
    {
        var command = Put("a", "1");
        (command[0], command[1]) = (kind, version);
        Assert.Equal(KeyValueError.Unsupported, _store.Apply(command).Error);
    }

    [Fact]
    public void A_length_beyond_the_input_is_malformed() =>
        Assert.Equal(
            KeyValueError.Malformed,
            _store.Apply(
                [1, 1, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 1, 2]).Error);

    [Fact]
    [Covers("openraft: last_applied_state", Note = "the membership as of it is the log's business")]
    public void The_applied_index_may_pass_the_last_command_and_leaves_the_hash_alone()
    {
        _store.Put("a", "1");
        var hash = _store.Store.StateHash;
        _store.Store.Apply([], new LogIndex(9), new StoreDriver.Results(0));
        Assert.Equal((9UL, hash), (_store.Store.AppliedIndex.Value, _store.Store.StateHash));
    }

    [Fact]
    public void An_entry_applied_twice_breaks_an_invariant()
    {
        _store.Put("a", "1");
        var again = new CommittedCommand(new LogIndex(1), 1, Put("a", "1"), WantsResult: false);
        Assert.Throws<InvariantException>(() =>
            _store.Store.Apply([again], new LogIndex(1), new StoreDriver.Results(1)));
    }

    [Fact]
    public void A_query_answers_as_the_view_does_and_a_malformed_one_says_so()
    {
        _store.Put("a", "1");
        _store.Put("b", "2");
        var query = new RangeQuery { Range = new KeyRange("a"u8.ToArray(), "z"u8.ToArray()), Limit = 1 };
        var answer = new ArrayBufferWriter<byte>();
        _store.Store.Query(query.Encode(), answer);
        Assert.True(RangeResult.TryDecode(answer.WrittenSpan, out var result));
        Assert.Equal(
            ("a", true, 2L, 3L), (StoreDriver.Keys(result), result.More, result.Count, result.Revision));

        answer.Clear();
        _store.Store.Query([1, 2, 3], answer);
        Assert.True(RangeResult.TryDecode(answer.WrittenSpan, out result));
        Assert.Equal(KeyValueError.Malformed, result.Error);
    }

    [Fact]
    public void A_view_held_does_not_change()
    {
        _store.Put("a", "1");
        using var view = _store.Store.Hold();
        _store.Put("a", "2");
        _store.Put("b", "2");
        _store.Delete("a");
        var result = view.Range(new RangeQuery { Range = new KeyRange("a"u8.ToArray(), new byte[1]) });
        Assert.Equal(
            ("1", 1UL, 2L),
            (StoreDriver.Text(result.Items[0].Value), view.AppliedIndex.Value, result.Revision));
        Assert.Single(result.Items);
    }

    [Fact]
    public void A_view_let_go_of_has_its_numbers_and_no_data_whatever_the_engine()
    {
        _store.Put("a", "1");
        var (own, held) = (_store.Store.View, _store.Store.Hold());
        _store.Put("a", "2");
        held.Dispose();
        held.Dispose();
        foreach (var view in new[] { own, held })
        {
            Assert.Equal((1UL, 2L), (view.AppliedIndex.Value, view.Revision));
            Assert.Throws<ObjectDisposedException>(() => view.HashAt(0));
            Assert.Throws<ObjectDisposedException>(view.Hold);
        }

        Assert.Equal(3, _store.Store.State.Revision);
    }
}
