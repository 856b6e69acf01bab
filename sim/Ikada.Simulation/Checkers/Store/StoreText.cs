using Ikada.KeyValue;

namespace Ikada.Simulation.Checkers.Store;

/// <summary>What stands in a store, for messages and to be compared.</summary>
internal static class StoreText
{
    /// <summary>An item: key, revisions, version, lease, and a digest of the value.</summary>
    public static string Of(KeyValueItem item) =>
        $"{KeyOf(item.Key)}={item.CreateRevision},{item.ModRevision},{item.Version},"
        + $"{item.Lease}:{Digest(item.Value.Span):x8}";

    /// <summary>A change, with what stood there before if it is known.</summary>
    public static string Of(bool isDeletion, in KeyValueItem item, KeyValueItem? before) =>
        $"{item.ModRevision} {(isDeletion ? "DELETE" : "PUT")} {Of(item)}"
        + (before is { } known ? $" was {Of(known)}" : string.Empty);

    /// <summary>A key.</summary>
    public static string KeyOf(ReadOnlyMemory<byte> key) => System.Text.Encoding.Latin1.GetString(key.Span);

    private static uint Digest(ReadOnlySpan<byte> value)
    {
        var digest = (uint)value.Length;
        foreach (var one in value)
        {
            digest = System.Numerics.BitOperations.Crc32C(digest, one);
        }

        return digest;
    }
}
