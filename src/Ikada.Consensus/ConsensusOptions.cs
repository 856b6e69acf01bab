namespace Ikada.Consensus;

/// <summary>The settings of the consensus module. The record checks itself: <see cref="Validate"/>.</summary>
public sealed record ConsensusOptions
{
    /// <summary>How often a leader shows that it lives. Default 100 ms; at least 1 ms.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// The minimum election timeout: a follower waits a random time from this up to twice this (§5.2).
    /// Default 1 s; at least 3 heartbeat intervals.
    /// </summary>
    public TimeSpan ElectionTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a pre-vote waits before it is tried again when the leader's connection is closed:
    /// from this. Default 10 ms.</summary>
    public TimeSpan LostLeaderRetryMin { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>… up to this. Default 50 ms.</summary>
    public TimeSpan LostLeaderRetryMax { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The most body bytes in one Append, unless a single entry is larger. Default 1 MiB.</summary>
    public int AppendBytesMax { get; init; } = 1 << 20;

    /// <summary>The most Appends with entries sent to a follower and not acknowledged. Default 64.</summary>
    public int InflightAppendsMax { get; init; } = 64;

    /// <summary>The most bytes sent to a follower and not acknowledged. Default 64 MiB.</summary>
    public long InflightBytesMax { get; init; } = 64L << 20;

    /// <summary>The most bytes appended and not committed before proposals are refused. Default 256
    /// MiB.</summary>
    public long UncommittedBytesMax { get; init; } = 256L << 20;

    /// <summary>The most reads that wait at a leader for a round of heartbeats or for the first commit of its
    /// term; further ones are refused. The host asks once for many clients' reads. Default 65 536.</summary>
    public int ReadsWaitingMax { get; init; } = 65_536;

    /// <summary>How long a leader's own disk may leave a write unanswered before it sends no more heartbeats
    /// and gives up leadership. Default 1 s; at least one heartbeat interval.</summary>
    public TimeSpan DiskStuckTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many entries a learner may lag behind to be promoted to voter. Default 1000.</summary>
    public int PromotionLagEntriesMax { get; init; } = 1000;

    /// <summary>By how many millionths the clocks of two nodes may differ in rate: a leader's lease is
    /// shorter, a voter's promise longer by this. Default 10 000 (1 %); 0 to 500 000.</summary>
    public int ClockDriftPerMillionMax { get; init; } = 10_000;

    /// <summary>How long a group must have had nothing to do before it goes to sleep; zero: never. Only for
    /// hosts that exchange a heartbeat per pair of processes. Default zero.</summary>
    public TimeSpan QuiesceAfter { get; init; } = TimeSpan.Zero;

    /// <summary>Returns what is wrong with the settings, naming option, value and range, or null.</summary>
    public string? Validate()
    {
        if (HeartbeatInterval < TimeSpan.FromMilliseconds(1))
        {
            return $"HeartbeatInterval is {HeartbeatInterval.TotalMilliseconds} ms; it must be at least 1 ms";
        }

        if (ElectionTimeout < 3 * HeartbeatInterval)
        {
            return $"ElectionTimeout is {ElectionTimeout.TotalMilliseconds} ms; it must be at least three "
                + $"times HeartbeatInterval ({HeartbeatInterval.TotalMilliseconds} ms)";
        }

        if (LostLeaderRetryMin <= TimeSpan.Zero || LostLeaderRetryMax < LostLeaderRetryMin)
        {
            return $"LostLeaderRetryMin ({LostLeaderRetryMin.TotalMilliseconds} ms) must be positive and not "
                + $"above LostLeaderRetryMax ({LostLeaderRetryMax.TotalMilliseconds} ms)";
        }

        if (DiskStuckTimeout < HeartbeatInterval)
        {
            return $"DiskStuckTimeout is {DiskStuckTimeout.TotalMilliseconds} ms; it must be at least "
                + $"HeartbeatInterval ({HeartbeatInterval.TotalMilliseconds} ms)";
        }

        if (ClockDriftPerMillionMax is < 0 or > 500_000)
        {
            return $"ClockDriftPerMillionMax is {ClockDriftPerMillionMax}; it must be 0 to 500000";
        }

        if (PromotionLagEntriesMax < 0 || QuiesceAfter < TimeSpan.Zero)
        {
            return $"PromotionLagEntriesMax ({PromotionLagEntriesMax}) and QuiesceAfter ({QuiesceAfter}) "
                + "must not be negative";
        }

        return AppendBytesMax < 1024 ? $"AppendBytesMax is {AppendBytesMax}; it must be at least 1024"
            : InflightAppendsMax < 1 ? $"InflightAppendsMax is {InflightAppendsMax}; it must be at least 1"
            : InflightBytesMax < AppendBytesMax
                ? $"InflightBytesMax is {InflightBytesMax}; it must be at least AppendBytesMax "
                    + $"({AppendBytesMax})"
            : UncommittedBytesMax < 1024
                ? $"UncommittedBytesMax is {UncommittedBytesMax}; it must be at least 1024"
            : ReadsWaitingMax < 1 ? $"ReadsWaitingMax is {ReadsWaitingMax}; it must be at least 1"
            : null;
    }
}
