using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;

namespace Ikada.RocksScale;

/// <summary>The keys in the order in which they are written, which is none that a sorted store likes, and
/// values that do not compress.</summary>
internal sealed class Keys(long count, int valueBytes)
{
    // Odd, and so without a common divisor with a power of two: each number below it comes once.
    private const ulong Step = 0x9E3779B97F4A7C15;
    private readonly ulong _mask = Mask(count);

    public long Count => count;

    /// <summary>The key that is written as number <paramref name="at"/>: another one for each.</summary>
    public ByteString Key(long at)
    {
        var number = (ulong)at;
        do
        {
            // Each step is a permutation of the numbers up to the mask.
            number = (number * Step) & _mask;
            number ^= number >> ((64 - (int)ulong.LeadingZeroCount(_mask)) / 2);
            number = (number * Step) & _mask;
        }
        while (number >= (ulong)count);

        return ByteString.CopyFromUtf8("key/" + number.ToString("d12", CultureInfo.InvariantCulture));
    }

    /// <summary>A value for a key.</summary>
    public ByteString Value(long at)
    {
        var value = new byte[valueBytes];
        var state = (ulong)at + Step;
        for (var i = 0; i + 8 <= value.Length; i += 8)
        {
            state += Step;
            var mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            BinaryPrimitives.WriteUInt64LittleEndian(value.AsSpan(i), mixed ^ (mixed >> 27));
        }

        return UnsafeByteOperations.UnsafeWrap(value);
    }

    private static ulong Mask(long count) =>
        count <= 1 ? 0 : ulong.MaxValue >> (int)ulong.LeadingZeroCount((ulong)count - 1);
}
