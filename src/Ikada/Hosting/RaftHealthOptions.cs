namespace Ikada;

/// <summary>From where on a node counts as unhealthy.</summary>
public sealed class RaftHealthOptions
{
    /// <summary>What the names of the checks begin with: "raft" gives raft-live, raft-ready, raft-quorum,
    /// raft-disk and raft-lag. Each has the tags "raft" and "live", "ready" and so on. Default: "raft", or
    /// the name of the group's options.</summary>
    public string Prefix { get; set; } = "raft";

    /// <summary>Lag: how many entries a node may know committed that its state machine does not hold yet.
    /// Default 10 000; at least 1.</summary>
    public ulong LagEntriesMax { get; set; } = 10_000;

    /// <summary>Disk: how long one operation may take. Default 5 s; positive.</summary>
    public TimeSpan DiskOperationTimeMax { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Ready: how long a check waits for the node to catch up, before it says that it has not.
    /// Default 1 s; positive.</summary>
    public TimeSpan ReadyWaitMax { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Returns what is wrong with the settings, naming option, value and range, or null.</summary>
    public string? Validate() =>
        string.IsNullOrWhiteSpace(Prefix) ? "RaftHealthOptions.Prefix is empty; it must name the checks"
            : LagEntriesMax < 1 ? "RaftHealthOptions.LagEntriesMax is 0; it must be at least 1"
            : DiskOperationTimeMax <= TimeSpan.Zero
                ? "RaftHealthOptions.DiskOperationTimeMax is "
                    + $"{DiskOperationTimeMax.TotalMilliseconds} ms; it must be positive"
            : ReadyWaitMax <= TimeSpan.Zero
                ? $"RaftHealthOptions.ReadyWaitMax is {ReadyWaitMax.TotalMilliseconds} ms; it must be "
                    + "positive"
            : null;
}
