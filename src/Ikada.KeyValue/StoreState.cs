using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>The facts that change with the data and are written in the same batch.</summary>
/// <param name="Applied">The index of the last applied entry.</param>
/// <param name="Revision">The current revision: 1 for an empty store.</param>
/// <param name="Compacted">The lowest revision that can still be read; 0 if never compacted.</param>
/// <param name="Hash">The rolling hash of all effects.</param>
public readonly record struct StoreState(LogIndex Applied, long Revision, long Compacted, ulong Hash)
{
    internal const int Length = 32;

    // What stands for a compaction at revision 0, which every store of a revision is above.
    private const ulong AtZero = ulong.MaxValue;

    /// <summary>Whether it was compacted at revision 0 and nowhere else. That takes nothing away, but as with
    /// etcd no second one is taken.</summary>
    public bool IsCompactedAtZero { get; init; }

    /// <summary>Whether it was never compacted, not even at revision 0.</summary>
    public bool IsNeverCompacted => Compacted == 0 && !IsCompactedAtZero;

    internal static StoreState Initial { get; } = new(LogIndex.Zero, 1, 0, 0);

    internal byte[] Encode()
    {
        var bytes = new byte[Length];
        var writer = new ByteWriter(bytes);
        writer.WriteNumber(Applied.Value);
        writer.WriteNumber((ulong)Revision);
        writer.WriteNumber(IsCompactedAtZero ? AtZero : (ulong)Compacted);
        writer.WriteNumber(Hash);
        return bytes;
    }

    internal static bool TryRead(ref ByteReader reader, out StoreState state)
    {
        state = Initial;
        if (!reader.TryReadNumber(out var applied)
            || !reader.TryReadNumber(out var revision) || revision is < 1 or > long.MaxValue
            || !reader.TryReadNumber(out var compacted) || (compacted > revision && compacted != AtZero)
            || !reader.TryReadNumber(out var hash))
        {
            return false;
        }

        var isAtZero = compacted == AtZero;
        state = new StoreState(
            new LogIndex(applied), (long)revision, isAtZero ? 0 : (long)compacted, hash)
        {
            IsCompactedAtZero = isAtZero,
        };
        return true;
    }

    /// <summary>The state a view of an ordered store holds.</summary>
    internal static StoreState Load(IOrderedView view) =>
        view.TryGet(KeyLayout.StateKey, out var bytes) ? Decode(bytes) : Initial;

    /// <summary>The state that a crash would leave.</summary>
    internal static StoreState LoadDurable(IOrderedStore store) =>
        store.TryGetDurable(KeyLayout.StateKey, out var bytes) ? Decode(bytes) : Initial;

    private static StoreState Decode(ReadOnlyMemory<byte> bytes)
    {
        var reader = new ByteReader(bytes.Span);
        var valid = TryRead(ref reader, out var state) && reader.AtEnd;
        Invariant.Check(
            valid, $"the state record of the ordered store has {bytes.Length} bytes and is not one of ours");
        return state;
    }
}
