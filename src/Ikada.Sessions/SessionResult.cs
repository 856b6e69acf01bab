using System.Buffers.Binary;

namespace Ikada.Sessions;

/// <summary>What became of a command that was given to a <see cref="SessionMachine"/>.</summary>
public enum SessionResultKind
{
    /// <summary>The decorated machine has applied it, once, now or when it came first; its result is
    /// there.</summary>
    Applied = 0,

    /// <summary>A session was opened; its id is there.</summary>
    Opened = 1,

    /// <summary>There is no such session any more. This copy was not applied; one that was sent before may
    /// have been, while the session lived.</summary>
    Expired = 2,

    /// <summary>The client has acknowledged the answer already, which is forgotten. This copy was not
    /// applied.</summary>
    Superseded = 3,

    /// <summary>Its sequence number lies further beyond what is acknowledged than the session's
    /// CommandsPerSessionMax. This copy was not applied; <see cref="SessionClient"/> never sends
    /// such.</summary>
    WindowExceeded = 4,

    /// <summary>Its bytes are no command of a session machine. It has no effect.</summary>
    Malformed = 5,
}

/// <summary>The result of a command, as a <see cref="SessionMachine"/> gives it.</summary>
/// <param name="Kind">What became of the command.</param>
/// <param name="SessionId">Where opened: the session's id, else 0.</param>
/// <param name="Result">Where applied: the result of the decorated machine, else empty.</param>
public readonly record struct SessionResult(
    SessionResultKind Kind, ulong SessionId, ReadOnlyMemory<byte> Result)
{
    private const int OpenedBytes = 9;

    internal static ReadOnlyMemory<byte> Expired { get; } = new[] { (byte)SessionResultKind.Expired };

    internal static ReadOnlyMemory<byte> Superseded { get; } = new[] { (byte)SessionResultKind.Superseded };

    internal static ReadOnlyMemory<byte> WindowExceeded { get; } =
        new[] { (byte)SessionResultKind.WindowExceeded };

    internal static ReadOnlyMemory<byte> Malformed { get; } = new[] { (byte)SessionResultKind.Malformed };

    /// <summary>Reads a result. The inner result is a slice of <paramref name="bytes"/>.</summary>
    /// <exception cref="InvalidDataException">The bytes are no result of a session machine: the node that
    /// gave it runs without sessions, or with a newer program.</exception>
    public static SessionResult Decode(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            throw new InvalidDataException("an empty result is none of a session machine");
        }

        var kind = (SessionResultKind)bytes.Span[0];
        return kind switch
        {
            SessionResultKind.Applied => new(kind, 0, bytes[1..]),
            SessionResultKind.Opened when bytes.Length == OpenedBytes =>
                new(kind, BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span[1..]), default),
            SessionResultKind.Expired or SessionResultKind.Superseded or SessionResultKind.WindowExceeded
                or SessionResultKind.Malformed when bytes.Length == 1 => new(kind, 0, default),
            _ => throw new InvalidDataException(
                $"a result of kind {bytes.Span[0]} with {bytes.Length} bytes is none of a session machine"),
        };
    }

    internal static byte[] EncodeApplied(ReadOnlySpan<byte> result)
    {
        var bytes = new byte[1 + result.Length];
        result.CopyTo(bytes.AsSpan(1));
        return bytes;
    }

    internal static byte[] EncodeOpened(ulong sessionId)
    {
        var bytes = new byte[OpenedBytes];
        bytes[0] = (byte)SessionResultKind.Opened;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(1), sessionId);
        return bytes;
    }
}
