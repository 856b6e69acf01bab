namespace Ikada.Replica.Snapshots;

/// <summary>When a snapshot is due.</summary>
internal static class SnapshotPolicy
{
    /// <summary>Whether enough has been applied since the last one.</summary>
    /// <param name="options">The bounds.</param>
    /// <param name="entries">How many entries.</param>
    /// <param name="logBytes">How many bytes of log they take.</param>
    /// <param name="lastFileBytes">How large the last one was: a large state is not written again for every
    /// small stretch of log, so that writing snapshots at most doubles what is written.</param>
    public static bool IsDue(ReplicaOptions options, ulong entries, long logBytes, long lastFileBytes) =>
        entries > 0 && (entries >= (ulong)options.SnapshotEntries
            || logBytes >= Math.Max(options.SnapshotLogBytes, lastFileBytes));
}
