using Ikada.Primitives;

namespace Ikada.Testing.Logs;

/// <summary>A place in which a log under test can be opened again and again.</summary>
public interface ILogPlace
{
    /// <summary>Whether the power can be cut here.</summary>
    bool CanCutPower { get; }

    /// <summary>Opens what is there. The one opened before is closed, or was cut.</summary>
    ILogSubject Open();
}

/// <summary>A log under test: one implementation, brought into the shape that the suite speaks.</summary>
public interface ILogSubject : IDisposable
{
    /// <summary>A group of it. One that is new begins with this membership at index 0.</summary>
    ILogGroupSubject OpenGroup(GroupId group, Membership membership);

    /// <summary>Makes all that was asked for durable, and takes in the acknowledgements.</summary>
    void Flush();

    /// <summary>The same, and in the middle of it the power fails: what was not acknowledged by then may
    /// have got through or not. Nothing is called afterwards but Dispose.</summary>
    void FlushIntoPowerCut(RandomSource random);
}

/// <summary>A group of a log under test. All but reads is queued until a flush.</summary>
public interface ILogGroupSubject
{
    LogPosition Base { get; }

    Membership BaseMembership { get; }

    LogPosition Last { get; }

    LogPosition Durable { get; }

    /// <summary>The hard state that was found when the log was opened.</summary>
    HardState FoundState { get; }

    /// <summary>Last entry, hard state and base of which an acknowledgement came since the log was opened;
    /// null: none.</summary>
    LogPosition? AcknowledgedEntry { get; }

    HardState? AcknowledgedState { get; }

    LogPosition? AcknowledgedBase { get; }

    void Append(LogEntry entry);

    void Truncate(LogIndex first);

    void SaveHardState(Term term, NodeId vote);

    void NoteCommit(LogIndex commit);

    void Compact(LogPosition newBase, Membership membership);

    void Reset(LogPosition newBase, Membership membership);

    bool TryGetTerm(LogIndex index, out Term term);

    /// <summary>What the log gives out of a range, at once, from memory or disk as it likes.</summary>
    LogEntry[] Read(LogIndex first, LogIndex last, int bytesMax);

    /// <summary>Saves a snapshot durably and has it read back.</summary>
    void SaveSnapshot(LogPosition position, Membership membership, byte[] content);

    /// <summary>The newest snapshot that was found when the log was opened.</summary>
    (LogPosition Position, Membership Membership, byte[] Content)? FoundSnapshot();
}
