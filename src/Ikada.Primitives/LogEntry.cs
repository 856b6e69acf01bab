using System.Buffers.Binary;

namespace Ikada.Primitives;

/// <summary>
/// One entry of a group's log. Its checksum is computed once, where the entry is born, and travels with it:
/// it is checked on receipt, on read-back and before apply.
/// </summary>
/// <param name="Index">Its place in the log.</param>
/// <param name="Term">The term of the leader that made it.</param>
/// <param name="Kind">What it means.</param>
/// <param name="Version">The version of the body's format, by kind; 1 today.</param>
/// <param name="Checksum">CRC-32C over group, index, term, kind, version and body.</param>
/// <param name="Body">The bytes. Immutable for as long as anybody holds the entry.</param>
public readonly record struct LogEntry(
    LogIndex Index, Term Term, EntryKind Kind, byte Version, uint Checksum, ReadOnlyMemory<byte> Body)
{
    /// <summary>The bytes an entry is counted with besides its body when something is bounded in
    /// bytes.</summary>
    public const int OverheadBytes = 32;

    /// <summary>Where the entry stands.</summary>
    public LogPosition Position => new(Index, Term);

    /// <summary>Makes an entry and its checksum.</summary>
    public static LogEntry Create(
        GroupId group, LogIndex index, Term term, EntryKind kind, byte version, ReadOnlyMemory<byte> body) =>
        new(index, term, kind, version, ComputeChecksum(group, index, term, kind, version, body.Span), body);

    /// <summary>Whether the bytes are those the entry was born with, in <paramref name="group"/>.</summary>
    public bool HasValidChecksum(GroupId group) =>
        Checksum == ComputeChecksum(group, Index, Term, Kind, Version, Body.Span);

    /// <summary>CRC-32C over what identifies an entry and over its body.</summary>
    public static uint ComputeChecksum(
        GroupId group, LogIndex index, Term term, EntryKind kind, byte version, ReadOnlySpan<byte> body)
    {
        Span<byte> identity = stackalloc byte[26];
        BinaryPrimitives.WriteUInt64LittleEndian(identity, group.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(identity[8..], index.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(identity[16..], term.Value);
        identity[24] = (byte)kind;
        identity[25] = version;
        return Crc32C.Append(Crc32C.Compute(identity), body);
    }
}
