namespace Ikada.Replica.Snapshots;

/// <summary>When a snapshot is due.</summary>
internal static class SnapshotPolicy
{
    // To write one of so few bytes again costs next to nothing.
    private const long SmallBytes = 1 << 20;

    // A start applies the log behind the snapshot again where the state is in memory. A machine that is
    // durable by itself needs snapshots only so that the log does not grow for ever.
    private const int LogPerSnapshotOfDurable = 4;

    /// <summary>Whether enough has been applied since the last one. A large state is not written again for a
    /// small stretch of log, however many entries that has: writing snapshots at most doubles what is
    /// written.</summary>
    /// <param name="options">The bounds.</param>
    /// <param name="entries">How many entries.</param>
    /// <param name="logBytes">How many bytes of log they take.</param>
    /// <param name="lastFileBytes">How large the last one was.</param>
    /// <param name="isDurable">Whether the machine is durable by itself.</param>
    public static bool IsDue(
        ReplicaOptions options, ulong entries, long logBytes, long lastFileBytes, bool isDurable)
    {
        var isWorthIt = logBytes / (isDurable ? LogPerSnapshotOfDurable : 1) >= lastFileBytes;
        return (entries >= (ulong)options.SnapshotEntries && (isWorthIt || lastFileBytes <= SmallBytes))
            || (entries > 0 && isWorthIt && logBytes >= options.SnapshotLogBytes);
    }
}
