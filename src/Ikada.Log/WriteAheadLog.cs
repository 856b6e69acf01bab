using Ikada.Primitives;

namespace Ikada.Log;

/// <summary>CONTRACT STUB: the process's one log, shared by all groups. Single-threaded.</summary>
public sealed class WriteAheadLog
{
    /// <summary>Recovers the log of a directory, or makes a new one.</summary>
    /// <exception cref="LogDamagedException">Corrupt or unsure: names file, offset and remedy.</exception>
    public static WriteAheadLog Open(IDisk disk, IDiskQueue queue, ILogEvents events, LogOptions options, DirectoryIdentity identity, RandomSource random)
        => throw new NotImplementedException();

    /// <summary>The group's log; a new group starts with <paramref name="initialMembership"/> as its base at index 0.</summary>
    public GroupLog OpenGroup(GroupId group, Membership initialMembership) => throw new NotImplementedException();

    /// <summary>Hands all that is queued to the disk in one write and one sync, unless a batch is under way.
    /// The owner calls it once per batch of inputs.</summary>
    public void Flush() => throw new NotImplementedException();

    /// <summary>Takes back a finished operation and raises the events that follow from it.</summary>
    public void Complete(DiskOperation operation) => throw new NotImplementedException();
}

/// <summary>CONTRACT STUB: one group's part of the log. Single-threaded.</summary>
public sealed class GroupLog
{
    /// <summary>Which group.</summary>
    public GroupId Group => throw new NotImplementedException();

    /// <summary>The position before the first entry held (index 0 until there are snapshots).</summary>
    public LogPosition Base => throw new NotImplementedException();

    /// <summary>The membership as of <see cref="Base"/>.</summary>
    public Membership BaseMembership => throw new NotImplementedException();

    /// <summary>The hard state found at open.</summary>
    public HardState RecoveredHardState => throw new NotImplementedException();

    /// <summary>The last entry appended (durable or not).</summary>
    public LogPosition Last => throw new NotImplementedException();

    /// <summary>Visits all entries found at open, in order: term, kind, body length, and for memberships the body.</summary>
    public void VisitRecovered(Action<RecoveredEntry> visit) => throw new NotImplementedException();

    /// <summary>Queues entries; they are readable at once. The first one's index must be Last + 1.</summary>
    public void Append(ReadOnlySpan<LogEntry> entries, ulong generation) => throw new NotImplementedException();

    /// <summary>Queues the removal of all entries from <paramref name="first"/> on.</summary>
    public void Truncate(LogIndex first) => throw new NotImplementedException();

    /// <summary>Queues a term and vote.</summary>
    public void SaveHardState(Term term, NodeId vote) => throw new NotImplementedException();

    /// <summary>Remembers the commit index, to ride in the next batch. Never causes a write.</summary>
    public void NoteCommit(LogIndex commit) => throw new NotImplementedException();

    /// <summary>The entry, if it is in the in-memory tail.</summary>
    public bool TryGet(LogIndex index, out LogEntry entry) => throw new NotImplementedException();

    /// <summary>Asks for older entries from the disk; they come by <see cref="ILogEvents.EntriesRead"/>.</summary>
    public void ReadBack(LogIndex first, LogIndex last, int bytesMax, ulong cookie) => throw new NotImplementedException();
}

/// <summary>What recovery tells of an entry.</summary>
public readonly record struct RecoveredEntry(LogIndex Index, Term Term, EntryKind Kind, int SizeBytes, ReadOnlyMemory<byte> MembershipBody);
