using System.Buffers.Binary;

namespace Ikada.KeyValue;

/// <summary>
/// A 64-bit hash that is carried on from effect to effect. Multiply-and-fold of eight bytes at a time:
/// fast, the same on every machine, and not meant to withstand an adversary; it finds replicas that differ.
/// </summary>
internal static class RollingHash
{
    private const ulong Seed = 0x9E3779B97F4A7C15;
    private const ulong WordSecret = 0xA0761D6478BD642F;
    private const ulong LengthSecret = 0xE7037ED1A0B428DB;

    public static ulong Append(ulong hash, ulong word) => Fold(hash ^ Seed, word ^ WordSecret);

    public static ulong Append(ulong hash, ReadOnlySpan<byte> bytes)
    {
        // The length comes first, so that "ab","c" and "a","bc" differ.
        hash = Fold(hash ^ Seed, (ulong)bytes.Length ^ LengthSecret);
        while (bytes.Length >= 8)
        {
            hash = Append(hash, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        var last = 0UL;
        for (var i = 0; i < bytes.Length; i++)
        {
            last |= (ulong)bytes[i] << (8 * i);
        }

        return bytes.IsEmpty ? hash : Append(hash, last);
    }

    private static ulong Fold(ulong left, ulong right)
    {
        var high = Math.BigMul(left, right, out var low);
        // A zero factor would forget the other one.
        return high ^ low ^ left ^ ulong.RotateLeft(right, 32);
    }
}
