using Ikada.Primitives;

namespace Ikada.Testing.Logs;

/// <summary>Entries whose bytes follow from where they stand.</summary>
internal static class LogEntries
{
    public static LogEntry Make(GroupId group, ulong index, ulong term, int bytes = 68)
    {
        var body = new byte[bytes];
        for (var i = 0; i < bytes; i++)
        {
            body[i] = (byte)(1 + (((ulong)i + (index * 31) + (term * 7) + (group.Value * 13)) % 255));
        }

        return LogEntry.Create(group, new LogIndex(index), new Term(term), EntryKind.Command, 1, body);
    }

    public static void CheckIs(LogEntry found, GroupId group, ulong index, ulong term)
    {
        var wanted = Make(group, index, term, found.Body.Length);
        ConformanceException.Equal(wanted.Position, found.Position, "the place of an entry");
        ConformanceException.Unless(
            found.HasValidChecksum(group) && found.Checksum == wanted.Checksum
                && found.Body.Span.SequenceEqual(wanted.Body.Span),
            $"entry {found.Position} of group {group} has other bytes");
    }
}
