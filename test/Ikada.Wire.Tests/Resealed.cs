using System.Buffers.Binary;
using Ikada.Primitives;

namespace Ikada.Wire.Tests;

/// <summary>Gives a changed frame valid checksums, so that what lies behind them is reached.</summary>
internal static class Resealed
{
    public static void Seal(Span<byte> frame)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(
            frame[12..], Crc32C.Compute(frame[WireFormat.HeaderBytes..]));
        BinaryPrimitives.WriteUInt32LittleEndian(frame[56..], Crc32C.Compute(frame[..56]));
    }
}
