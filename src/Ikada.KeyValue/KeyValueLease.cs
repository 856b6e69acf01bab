using System.Buffers.Binary;
using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>A lease: keys attached to it are deleted when it ends.</summary>
/// <param name="Id">Whose; never 0.</param>
/// <param name="TimeToLive">For how long it was granted and is renewed, in seconds; at least 1.</param>
/// <param name="Remaining">What it had left in seconds at its last checkpoint; 0 if there was none since it
/// was renewed.</param>
/// <param name="RenewedAt">The entry that granted or renewed it last.</param>
public readonly record struct KeyValueLease(long Id, long TimeToLive, long Remaining, LogIndex RenewedAt)
{
    internal byte[] Encode()
    {
        var record = new byte[ByteWriter.LengthOfVarint(TimeToLive) + ByteWriter.LengthOfVarint(Remaining)
            + ByteWriter.LengthOfVarint(RenewedAt.Value)];
        var writer = new ByteWriter(record);
        writer.WriteVarint(TimeToLive);
        writer.WriteVarint(Remaining);
        writer.WriteVarint(RenewedAt.Value);
        return record;
    }

    /// <summary>Decodes a place of the space of leases and what stands there. False if it is none.</summary>
    internal static bool TryDecode(
        ReadOnlySpan<byte> place, ReadOnlySpan<byte> record, out KeyValueLease lease)
    {
        lease = default;
        var reader = new ByteReader(record);
        if (place.Length != 9 || place[0] != KeyLayout.LeaseSpace
            || !reader.TryReadSigned(out var time) || time < 1
            || !reader.TryReadSigned(out var remaining) || remaining < 0
            || !reader.TryReadVarint(out var renewed))
        {
            return false;
        }

        lease = new KeyValueLease(
            BinaryPrimitives.ReadInt64BigEndian(place[1..]), time, remaining, new LogIndex(renewed));
        return lease.Id != 0 && reader.AtEnd;
    }
}

/// <summary>How much time a lease has left.</summary>
/// <param name="Id">Whose.</param>
/// <param name="RenewedAt">Counts only if it was last renewed there.</param>
/// <param name="Remaining">In seconds.</param>
public readonly record struct LeaseCheckpoint(long Id, LogIndex RenewedAt, long Remaining);
