using System.Buffers.Binary;

namespace Ikada.Sessions;

/// <summary>
/// The bodies of commands for a <see cref="SessionMachine"/>; docs/internals/session-format.md gives every
/// byte. The first byte is the kind: of 0xE0 to 0xEF, those that are not here are kept for later formats.
/// </summary>
public static class SessionCommand
{
    /// <summary>How many bytes <see cref="Encode"/> puts before a command.</summary>
    public const int HeadBytes = 25;

    internal const byte Plain = 0xE0;
    internal const byte Open = 0xE1;
    internal const byte InSession = 0xE2;
    internal const byte FirstKind = 0xE0;
    internal const byte LastKind = 0xEF;
    internal const int OpenBytes = 25;

    /// <summary>A command without a session: applied each time it is committed.</summary>
    public static byte[] EncodePlain(ReadOnlySpan<byte> command)
    {
        var body = new byte[1 + command.Length];
        body[0] = Plain;
        command.CopyTo(body.AsSpan(1));
        return body;
    }

    /// <summary>Opens a session; its id is the log index of this command.</summary>
    /// <param name="options">The bounds that are in force from here on.</param>
    /// <param name="label">Anything, for who reads the log; it has no effect.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static byte[] EncodeOpen(SessionOptions options, ReadOnlySpan<byte> label = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Validate() is { } wrong)
        {
            throw new ArgumentException(wrong, nameof(options));
        }

        var body = new byte[OpenBytes + label.Length];
        body[0] = Open;
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(1), options.SessionsMax);
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(5), options.CommandsPerSessionMax);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(9), options.AnswerBytesMax);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(17), options.IdleEntriesMax);
        label.CopyTo(body.AsSpan(OpenBytes));
        return body;
    }

    /// <summary>A command of a session.</summary>
    /// <param name="sessionId">The log index of the command that opened it.</param>
    /// <param name="sequence">The command's number, from 1: the same whenever it is sent again, and never
    /// that of another command.</param>
    /// <param name="acknowledgedUpTo">The client will ask no more for answers up to this number; below
    /// <paramref name="sequence"/>.</param>
    /// <param name="command">What the decorated machine is to apply.</param>
    /// <exception cref="ArgumentOutOfRangeException">The numbers do not fit together.</exception>
    public static byte[] Encode(
        ulong sessionId, ulong sequence, ulong acknowledgedUpTo, ReadOnlySpan<byte> command)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sessionId);
        if (acknowledgedUpTo >= sequence)
        {
            throw new ArgumentOutOfRangeException(
                nameof(acknowledgedUpTo), acknowledgedUpTo,
                $"The command has sequence number {sequence}: what is acknowledged must lie below it.");
        }

        var body = new byte[HeadBytes + command.Length];
        body[0] = InSession;
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(1), sessionId);
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(9), sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(17), acknowledgedUpTo);
        command.CopyTo(body.AsSpan(HeadBytes));
        return body;
    }

    /// <summary>Reads what a command that opens a session sets; null: its bytes are none.</summary>
    internal static SessionOptions? ReadOpen(ReadOnlySpan<byte> body)
    {
        if (body.Length < OpenBytes)
        {
            return null;
        }

        var options = new SessionOptions
        {
            SessionsMax = BinaryPrimitives.ReadInt32LittleEndian(body[1..]),
            CommandsPerSessionMax = BinaryPrimitives.ReadInt32LittleEndian(body[5..]),
            AnswerBytesMax = BinaryPrimitives.ReadInt64LittleEndian(body[9..]),
            IdleEntriesMax = BinaryPrimitives.ReadInt64LittleEndian(body[17..]),
        };
        return options.Validate() is null ? options : null;
    }

    /// <summary>Reads the head of a command of a session; false: its bytes are none.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> body, out SessionHead head)
    {
        head = default;
        if (body.Length < HeadBytes)
        {
            return false;
        }

        head = new SessionHead(
            BinaryPrimitives.ReadUInt64LittleEndian(body[1..]),
            BinaryPrimitives.ReadUInt64LittleEndian(body[9..]),
            BinaryPrimitives.ReadUInt64LittleEndian(body[17..]));
        return head.Session > 0 && head.AcknowledgedUpTo < head.Sequence;
    }
}

/// <summary>What stands before a command of a session.</summary>
internal readonly record struct SessionHead(ulong Session, ulong Sequence, ulong AcknowledgedUpTo);
