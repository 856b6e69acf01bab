namespace Ikada.KeyValue.RocksDb;

/// <summary>
/// What the writer has looked up lately, as it is in the newest state. A put looks for its key first: of keys
/// that change again and again that cost as much as the write itself. Only for the writer's thread, which
/// tells it every change: so it is never behind.
/// </summary>
internal sealed class RecentReads
{
    // A key has one slot, which the next one that falls on it takes.
    private const int Slots = 1 << 16;

    /// <summary>Longer ones stay out: all slots together take 32 MiB at most.</summary>
    private const int BytesMax = 512;

    private readonly (byte[]? Key, byte[]? Value)[] _slots = new (byte[]?, byte[]?)[Slots];

    // By the first byte of a key: whether one that begins so has ever been looked up. Most changes are of
    // spaces that are only walked over, and their slots are not worth a look.
    private readonly bool[] _isLookedUp = new bool[256];

    /// <summary>Whether it is known what stands at a key; null: nothing.</summary>
    public bool TryGet(ReadOnlySpan<byte> key, out byte[]? value)
    {
        ref var slot = ref SlotOf(key);
        var isKnown = slot.Key is not null && key.SequenceEqual(slot.Key);
        value = isKnown ? slot.Value : null;
        return isKnown;
    }

    /// <summary>Notes what was found at a key; null: nothing.</summary>
    public void Found(ReadOnlySpan<byte> key, byte[]? value)
    {
        if (key.Length + (value?.Length ?? 0) <= BytesMax)
        {
            _isLookedUp[SpaceOf(key)] = true;
            SlotOf(key) = (key.ToArray(), value);
        }
    }

    /// <summary>A change was written. What nobody has looked up is not noted.</summary>
    public void Changed(byte[] key, byte[]? value)
    {
        if (!_isLookedUp[SpaceOf(key)])
        {
            return;
        }

        ref var slot = ref SlotOf(key);
        if (slot.Key is not null && key.AsSpan().SequenceEqual(slot.Key))
        {
            slot = key.Length + (value?.Length ?? 0) <= BytesMax ? (slot.Key, value) : default;
        }
    }

    private static int SpaceOf(ReadOnlySpan<byte> key) => key.IsEmpty ? 0 : key[0];

    private ref (byte[]? Key, byte[]? Value) SlotOf(ReadOnlySpan<byte> key) =>
        ref _slots[KeyComparer.Instance.GetHashCode(key) & (Slots - 1)];
}
