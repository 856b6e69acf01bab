using Ikada.Consensus;
using Ikada.Log;
using Ikada.Primitives;
using Ikada.Replica;

namespace Ikada.Node;

/// <summary>The settings of a node.</summary>
public sealed record NodeOptions
{
    /// <summary>The consensus group it serves; not 0, which stands for the process itself. Default
    /// 1.</summary>
    public GroupId Group { get; init; } = new(1);

    /// <summary>The settings of consensus.</summary>
    public ConsensusOptions Consensus { get; init; } = new();

    /// <summary>The settings of the replica.</summary>
    public ReplicaOptions Replica { get; init; } = new();

    /// <summary>The settings of the log.</summary>
    public LogOptions Log { get; init; } = new();

    /// <summary>The longest command. Default 8 MiB; below the transport's frame limit, or it could never be
    /// sent.</summary>
    public int ProposalBytesMax { get; init; } = 8 << 20;

    /// <summary>The most writes handed over and not answered. Default 65536.</summary>
    public int ProposalsInFlightMax { get; init; } = 65_536;

    /// <summary>The most bytes of such writes. Default 256 MiB.</summary>
    public long ProposalsInFlightBytesMax { get; init; } = 256L << 20;

    /// <summary>The most reads handed over and not answered. Default 65536.</summary>
    public int ReadsInFlightMax { get; init; } = 65_536;

    /// <summary>The most bytes of received messages that wait for the consensus thread; beyond it the
    /// connections are not read. Default 128 MiB.</summary>
    public long ReceivedBytesMax { get; init; } = 128L << 20;

    /// <summary>How long a refused write or read waits before it is tried again, unless the leader changes
    /// before. From this, doubling. Default 5 ms.</summary>
    public TimeSpan RetryDelayMin { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>… up to this. Default 100 ms.</summary>
    public TimeSpan RetryDelayMax { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long the log must have been idle before it is sealed. Default 1 s.</summary>
    public TimeSpan SealAfterIdle { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a log without space tries whether there is some again. Default 1 s; at least 10
    /// ms.</summary>
    public TimeSpan SpaceRetryInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a stop waits for writes and reads under way. Default 1 s.</summary>
    public TimeSpan DrainTimeMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a stop of the leader waits for another node to take over. Default 2 s; zero: it does
    /// not hand over, and the others elect when its connections close.</summary>
    public TimeSpan HandOverTimeMax { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a stop waits for the disk to seal the log. Default 10 s.</summary>
    public TimeSpan SealTimeMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Returns what is wrong with the settings, naming option, value and range, or null.</summary>
    public string? Validate() => Consensus.Validate() ?? Replica.Validate()
        ?? (Group == default ? "Group is 0; it must be at least 1"
            : ProposalBytesMax < 1 ? $"ProposalBytesMax is {ProposalBytesMax}; it must be at least 1"
            : ProposalBytesMax > Log.SegmentBytes / 4
                ? $"ProposalBytesMax is {ProposalBytesMax}; it must be at most a quarter of Log.SegmentBytes "
                    + $"({Log.SegmentBytes})"
            : ProposalsInFlightMax < 1
                ? $"ProposalsInFlightMax is {ProposalsInFlightMax}; it must be at least 1"
            : ProposalsInFlightBytesMax < ProposalBytesMax
                ? $"ProposalsInFlightBytesMax is {ProposalsInFlightBytesMax}; it must be at least "
                    + $"ProposalBytesMax ({ProposalBytesMax})"
            : ReadsInFlightMax < 1 ? $"ReadsInFlightMax is {ReadsInFlightMax}; it must be at least 1"
            : ReceivedBytesMax < 1 << 20
                ? $"ReceivedBytesMax is {ReceivedBytesMax}; it must be at least 1 MiB"
            : RetryDelayMin <= TimeSpan.Zero || RetryDelayMax < RetryDelayMin
                ? $"RetryDelayMin ({RetryDelayMin.TotalMilliseconds} ms) must be positive and not above "
                    + $"RetryDelayMax ({RetryDelayMax.TotalMilliseconds} ms)"
            : SpaceRetryInterval < TimeSpan.FromMilliseconds(10)
                ? $"SpaceRetryInterval is {SpaceRetryInterval.TotalMilliseconds} ms; it must be at least 10"
                    + " ms"
            : SealAfterIdle <= TimeSpan.Zero
                ? $"SealAfterIdle is {SealAfterIdle.TotalMilliseconds} ms; it must be positive"
            : DrainTimeMax < TimeSpan.Zero || HandOverTimeMax < TimeSpan.Zero || SealTimeMax < TimeSpan.Zero
                ? $"DrainTimeMax ({DrainTimeMax.TotalMilliseconds} ms), HandOverTimeMax "
                    + $"({HandOverTimeMax.TotalMilliseconds} ms) and SealTimeMax "
                    + $"({SealTimeMax.TotalMilliseconds} ms) must not be negative"
            : null);
}
