using System.Buffers.Binary;
using Ikada.Primitives;

namespace Ikada.Log.Tests.Fuzzing;

/// <summary>Changes bytes as disks, crashes and ill will do: bits, lengths, sectors, cuts, pieces of other
/// files.</summary>
internal static class Mutations
{
    private const int SectorBytes = 512;

    private static readonly ulong[] Telling =
    [
        0, 1, 7, 8, 39, 40, 63, 64, 511, 512, 513, 4096, 65_535, 65_536, 65_537, 1 << 20, (1 << 20) + 1,
        int.MaxValue - 7, int.MaxValue, 1UL << 31, uint.MaxValue - 63, uint.MaxValue, 1UL << 32, 1UL << 40,
        long.MaxValue - 512, long.MaxValue, 1UL << 63, ulong.MaxValue - 1, ulong.MaxValue,
    ];

    /// <summary>One to four changes; <paramref name="others"/> are what pieces are taken from.</summary>
    public static byte[] Of(byte[] bytes, IReadOnlyList<byte[]> others, RandomSource random)
    {
        var changed = (byte[])bytes.Clone();
        for (var left = 1 + random.NextBelow(4); left > 0; left--)
        {
            changed = One(changed, others, random);
        }

        return changed;
    }

    private static byte[] One(byte[] bytes, IReadOnlyList<byte[]> others, RandomSource random)
    {
        if (bytes.Length == 0)
        {
            return [.. others[random.NextBelow(others.Count)]];
        }

        var at = Somewhere(bytes, random);
        switch (random.NextBelow(10))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.NextBelow(8));
                return bytes;
            case 1:
                bytes[at] = (byte)random.NextBelow(256);
                return bytes;
            case 2 or 3 or 4:
                Number(bytes, at, random);
                return bytes;
            case 5:
                return bytes[..at];
            case 6:
                return [.. bytes, .. new byte[random.NextBelow(2000)]];
            case 7:
                bytes.AsSpan(Sector(at, bytes)).Clear();
                return bytes;
            case 8:
                var (from, to) = (Sector(at, bytes), Sector(Somewhere(bytes, random), bytes));
                Copy(bytes, from, bytes, to);
                return bytes;
            default:
                var other = others[random.NextBelow(others.Count)];
                if (other.Length > 0)
                {
                    Copy(other, Sector(Somewhere(other, random), other), bytes, Sector(at, bytes));
                }

                return bytes;
        }
    }

    /// <summary>Mostly where something stands: the rest of a segment is zeros.</summary>
    private static int Somewhere(byte[] bytes, RandomSource random)
    {
        var content = bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        var bound = content > 0 && !random.OneIn(10) ? content : bytes.Length;
        return random.OneIn(2) ? random.NextBelow(bound) & ~3 : random.NextBelow(bound);
    }

    /// <summary>A length, count or index of 4 or 8 bytes: one that tells, one near the old one, or
    /// any.</summary>
    private static void Number(byte[] bytes, int at, RandomSource random)
    {
        Span<byte> field = stackalloc byte[8];
        var size = random.OneIn(2) ? 4 : 8;
        at = Math.Min(at, Math.Max(0, bytes.Length - size));
        size = Math.Min(size, bytes.Length - at);
        bytes.AsSpan(at, size).CopyTo(field);
        var old = BinaryPrimitives.ReadUInt64LittleEndian(field);
        BinaryPrimitives.WriteUInt64LittleEndian(field, random.NextBelow(4) switch
        {
            0 => random.NextUInt64(),
            1 => old + (ulong)random.NextBelow(64) - 32,
            2 => (ulong)bytes.Length + (ulong)random.NextBelow(64) - 32,
            _ => Telling[random.NextBelow(Telling.Length)],
        });
        field[..size].CopyTo(bytes.AsSpan(at));
    }

    private static Range Sector(int at, byte[] bytes)
    {
        var start = at / SectorBytes * SectorBytes;
        return start..Math.Min(bytes.Length, start + SectorBytes);
    }

    private static void Copy(byte[] from, Range source, byte[] to, Range target)
    {
        var piece = from.AsSpan(source);
        var place = to.AsSpan(target);
        piece[..Math.Min(piece.Length, place.Length)].CopyTo(place);
    }
}
