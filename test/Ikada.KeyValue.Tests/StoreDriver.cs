using System.Buffers;
using System.Text;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.KeyValue.Tests;

/// <summary>Drives a store as a log would, one command an entry.</summary>
internal sealed class StoreDriver
{
    private ulong _index;

    public KeyValueStore Store { get; } = new();

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public static string Text(ReadOnlyMemory<byte> bytes) => Encoding.Latin1.GetString(bytes.Span);

    public KeyValueResult Apply(byte[] command)
    {
        var results = new Results(1);
        _index = Store.AppliedIndex.Value + 1;
        var index = new LogIndex(_index);
        Store.Apply([new CommittedCommand(index, 1, command, WantsResult: true)], index, results);
        Assert.True(KeyValueResult.TryDecode(results.Items[0].Span, out var result));
        return result;
    }

    public KeyValueResult Put(string key, string value, bool prevKv = false) =>
        Apply(KeyValueCommand.EncodePut(Bytes(key), Bytes(value), prevKv: prevKv));

    public KeyValueResult Delete(string key, string end = "", bool prevKv = false) =>
        Apply(KeyValueCommand.EncodeDeleteRange(Bytes(key), Bytes(end), prevKv));

    public RangeResult Range(string key, string end = "", Func<RangeQuery, RangeQuery>? with = null)
    {
        var query = new RangeQuery { Range = new KeyRange(Bytes(key), Bytes(end)) };
        return Store.View.Range(with is null ? query : with(query));
    }

    public KeyValueItem Single(string key) => Assert.Single(Range(key).Items);

    /// <summary>The keys of a result, separated by blanks.</summary>
    public static string Keys(RangeResult result) =>
        string.Join(' ', result.Items.Select(item => Text(item.Key)));

    public byte[] Snapshot()
    {
        var writer = new ArrayBufferWriter<byte>();
        Store.CaptureSnapshot().WriteTo(writer);
        return writer.WrittenSpan.ToArray();
    }

    internal sealed class Results(int count) : IApplyResults
    {
        public ReadOnlyMemory<byte>[] Items { get; } = new ReadOnlyMemory<byte>[count];

        public void Set(int position, ReadOnlyMemory<byte> result) => Items[position] = result;
    }
}
