using System.Buffers;
using Ikada.Primitives;

namespace Ikada.KeyValue.Tests;

public sealed class AlarmRules
{
    private static readonly NodeId Member = new(7);
    private readonly StoreDriver _store = new();

    [Fact]
    public void No_space_refuses_what_makes_the_data_larger_and_nothing_else()
    {
        _store.Put("a", "1");
        Assert.Equal(1, Set(AlarmKind.NoSpace, isActive: true).Deleted);
        Assert.Equal(KeyValueError.NoSpace, _store.Put("b", "2").Error);
        var put = KeyValueCommand.EncodePut("b"u8, "2"u8);
        Assert.Equal(
            KeyValueError.NoSpace, _store.Apply(KeyValueCommand.EncodeTransaction([], [], [put])).Error);
        var nested = KeyValueCommand.EncodeTransaction([], [put], []);
        Assert.Equal(
            KeyValueError.NoSpace, _store.Apply(KeyValueCommand.EncodeTransaction([], [nested], [])).Error);
        Assert.Equal(2, _store.Store.View.Revision);
        var delete = KeyValueCommand.EncodeDeleteRange("a"u8);
        Assert.Equal(
            KeyValueError.None, _store.Apply(KeyValueCommand.EncodeTransaction([], [delete], [])).Error);
        Assert.Equal(3, _store.Store.View.Revision);
    }

    [Fact]
    public void Corrupt_refuses_every_command_of_a_client()
    {
        _store.Put("a", "1");
        Set(AlarmKind.Corrupt, isActive: true);
        Set(AlarmKind.NoSpace, isActive: true);
        Assert.Equal(KeyValueError.Corrupt, _store.Put("b", "2").Error);
        Assert.Equal(KeyValueError.Corrupt, _store.Delete("a").Error);
    }

    [Fact]
    public void An_alarm_is_raised_once_however_often_and_ended_once()
    {
        Assert.Equal(1, Set(AlarmKind.NoSpace, isActive: true).Deleted);
        Assert.Equal(1, Set(AlarmKind.NoSpace, isActive: true).Deleted);
        Assert.Equal([new Alarm(Member, AlarmKind.NoSpace)], _store.Store.View.Alarms);
        Assert.Equal(0, Set(AlarmKind.Corrupt, isActive: false).Deleted);
        Assert.Equal(1, Set(AlarmKind.NoSpace, isActive: false).Deleted);
        Assert.Equal(0, Set(AlarmKind.NoSpace, isActive: false).Deleted);
        Assert.Empty(_store.Store.View.Alarms);
        Assert.Equal(2, _store.Put("a", "1").Revision);
    }

    [Fact]
    public void A_snapshot_carries_the_alarms()
    {
        Set(AlarmKind.NoSpace, isActive: true);
        var bytes = new ArrayBufferWriter<byte>();
        _store.Store.CaptureSnapshot().WriteTo(bytes);
        var restored = new KeyValueStore();
        restored.Restore(new ReadOnlySequence<byte>(bytes.WrittenMemory));
        Assert.Equal(_store.Store.View.Alarms, restored.View.Alarms);
        Assert.Equal(_store.Store.View.StateHash, restored.View.StateHash);
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(1, 0)]
    [InlineData(1, 3)]
    public void An_alarm_of_no_known_kind_is_malformed(byte isActive, byte kind)
    {
        var command = KeyValueCommand.EncodeAlarm(new Alarm(Member, AlarmKind.NoSpace), isActive: true);
        command[2] = isActive;
        command[3] = kind;
        Assert.Equal(KeyValueError.Malformed, _store.Apply(command).Error);
    }

    private KeyValueResult Set(AlarmKind kind, bool isActive) =>
        _store.Apply(KeyValueCommand.EncodeAlarm(new Alarm(Member, kind), isActive));
}
