using Ikada.Primitives;

namespace Ikada.Log;

/// <summary>What the log tells its owner, from within <see cref="WriteAheadLog.Complete"/>.</summary>
public interface ILogEvents
{
    /// <summary>All entries of the group up to <paramref name="last"/> that were appended under
    /// <paramref name="generation"/> are durable.</summary>
    void EntriesFlushed(GroupId group, LogPosition last, ulong generation);

    /// <summary>The group's term and vote are durable.</summary>
    void HardStateSaved(GroupId group, HardState saved);

    /// <summary>Entries asked for by <see cref="GroupLog.ReadBack"/>; fewer than asked when they came to more
    /// than the byte bound, none when they were truncated meanwhile. Checksums are verified.</summary>
    void EntriesRead(GroupId group, ulong cookie, ReadOnlySpan<LogEntry> entries);

    /// <summary>The entries handed to <see cref="GroupLog.Repair"/> are durable and can be read; the range is
    /// damaged no more.</summary>
    void EntriesRepaired(GroupId group, LogIndex first, LogIndex last);

    /// <summary>The group's new base is durable, and all that was queued before it: what
    /// <see cref="GroupLog.Compact"/> or <see cref="GroupLog.Reset"/> asked for.</summary>
    void BaseSaved(GroupId group, LogPosition position);

    /// <summary>No further segment can be made for want of space, or one can again. While
    /// <paramref name="isFull"/> the log takes hard states, truncations, memberships and bases, in what room
    /// is left, and no commands.</summary>
    void SpaceChanged(bool isFull);

    /// <summary>The log cannot go on: the node must stop, with this message.</summary>
    void LogFailed(string message);
}
