using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>The commands about leases. Each is a kind byte, a version byte, and numbers as varints;
/// docs/internals/key-value.md names them.</summary>
public static class LeaseCommand
{
    /// <summary>Encodes the grant of a lease.</summary>
    /// <param name="id">Whose; not 0.</param>
    /// <param name="timeToLive">In seconds, at least 1.</param>
    public static byte[] EncodeGrant(long id, long timeToLive) =>
        Encode(CommandKind.GrantLease, (ulong)id, (ulong)timeToLive);

    /// <summary>Encodes the end of a lease, with the deletion of its keys.</summary>
    /// <param name="id">Whose.</param>
    /// <param name="renewedAt">Of an expiry: where the lease was last renewed as far as is known. If it was
    /// renewed since, nothing happens. 0: end it in any case.</param>
    public static byte[] EncodeRevoke(long id, LogIndex renewedAt = default) =>
        Encode(CommandKind.RevokeLease, (ulong)id, renewedAt.Value);

    /// <summary>Encodes the renewal of some leases.</summary>
    public static byte[] EncodeRenew(IReadOnlyList<long> ids)
    {
        var numbers = new ulong[ids.Count];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = (ulong)ids[i];
        }

        return Encode(CommandKind.RenewLeases, numbers);
    }

    /// <summary>Encodes how much time leases have left.</summary>
    public static byte[] EncodeCheckpoint(IReadOnlyList<LeaseCheckpoint> checkpoints)
    {
        var numbers = new ulong[3 * checkpoints.Count];
        for (var i = 0; i < checkpoints.Count; i++)
        {
            numbers[3 * i] = (ulong)checkpoints[i].Id;
            numbers[(3 * i) + 1] = checkpoints[i].RenewedAt.Value;
            numbers[(3 * i) + 2] = (ulong)checkpoints[i].Remaining;
        }

        return Encode(CommandKind.CheckpointLeases, numbers);
    }

    /// <summary>Executes the command whose numbers <paramref name="reader"/> stands before.</summary>
    internal static KeyValueResult Apply(CommandKind kind, ref ByteReader reader, ChangeWriter writer)
    {
        var numbers = new List<ulong>();
        while (!reader.AtEnd)
        {
            if (!reader.TryReadVarint(out var number))
            {
                return writer.Refuse(KeyValueError.Malformed);
            }

            numbers.Add(number);
        }

        return (kind, numbers.Count) switch
        {
            (CommandKind.GrantLease, 2) => LeaseTable.Grant(writer, (long)numbers[0], (long)numbers[1]),
            (CommandKind.RevokeLease, 2) =>
                LeaseTable.Revoke(writer, (long)numbers[0], new LogIndex(numbers[1])),
            (CommandKind.RenewLeases, _) => LeaseTable.Renew(writer, Ids(numbers)),
            (CommandKind.CheckpointLeases, var count) when count % 3 == 0 =>
                LeaseTable.Checkpoint(writer, Checkpoints(numbers)),
            _ => writer.Refuse(KeyValueError.Malformed),
        };
    }

    private static List<long> Ids(List<ulong> numbers)
    {
        var ids = new List<long>(numbers.Count);
        for (var i = 0; i < numbers.Count; i++)
        {
            ids.Add((long)numbers[i]);
        }

        return ids;
    }

    private static List<LeaseCheckpoint> Checkpoints(List<ulong> numbers)
    {
        var checkpoints = new List<LeaseCheckpoint>(numbers.Count / 3);
        for (var i = 0; i < numbers.Count; i += 3)
        {
            checkpoints.Add(new LeaseCheckpoint(
                (long)numbers[i], new LogIndex(numbers[i + 1]), (long)numbers[i + 2]));
        }

        return checkpoints;
    }

    private static byte[] Encode(CommandKind kind, params ReadOnlySpan<ulong> numbers)
    {
        var length = 2;
        foreach (var number in numbers)
        {
            length += ByteWriter.LengthOfVarint(number);
        }

        var bytes = new byte[length];
        var writer = new ByteWriter(bytes);
        writer.WriteByte((byte)kind);
        writer.WriteByte(KeyValueCommand.FormatVersion);
        foreach (var number in numbers)
        {
            writer.WriteVarint(number);
        }

        return bytes;
    }
}
