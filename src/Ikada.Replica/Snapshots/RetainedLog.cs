using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Replica.Snapshots;

/// <summary>
/// How much of what snapshots cover the log keeps, for followers that are a little behind. At least so many
/// entries, unless they are large; and at least twice what the log grew by while a snapshot was last saved or
/// sent: else a follower could finish a snapshot only to find that the log does not reach it any more, and
/// so for ever.
/// </summary>
internal sealed class RetainedLog(ReplicaOptions options)
{
    private long _grownBytes;

    /// <summary>The log grew by so much while a snapshot was saved or sent. The largest counts, fading with
    /// each further one.</summary>
    public void Grew(long bytes) => _grownBytes = Math.Max(bytes, _grownBytes - (_grownBytes / 8));

    /// <summary>Up to where the log is not needed for that.</summary>
    public LogIndex Base(ConsensusCore core, LogIndex applied)
    {
        var entries = (ulong)options.RetainedEntriesMin;
        var byCount = applied.Value > entries ? new LogIndex(applied.Value - entries) : LogIndex.Zero;
        var usual = LogIndex.Max(byCount, core.IndexBefore(applied, options.RetainedBytesMax));
        var grown = Math.Min(options.RetainedGrowthBytesMax, 2 * _grownBytes);
        return grown == 0 ? usual : LogIndex.Min(usual, core.IndexBefore(applied, grown));
    }
}
