using Ikada.Primitives;
using Microsoft.Extensions.Logging;

namespace Ikada.Node;

/// <summary>
/// How long the garbage collector has stopped this process at a time. A pause stops heartbeats as well: one
/// that nears the election timeout costs a leader its place, and from outside looks like a slow network. So
/// it is measured, and told from half a heartbeat interval on.
/// </summary>
internal sealed class CollectorPauses(NodeOptions options, NodeId self, ILogger logger)
{
    private static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(1);
    private readonly TimeSpan _bound = options.Consensus.HeartbeatInterval / 2;
    private int _collections = GC.CollectionCount(0);
    private TimeSpan _total = GC.GetTotalPauseDuration();
    private long _longest;
    private Instant _nextLog;

    /// <summary>The longest since this was made.</summary>
    public TimeSpan Longest => new(Volatile.Read(ref _longest));

    /// <summary>Takes in what was collected since the last call. Where that was more than once, it counts as
    /// one pause: too long rather than too short.</summary>
    public void Look(Instant now)
    {
        // Every collection counts for generation 0 as well.
        var collections = GC.CollectionCount(0);
        if (collections == _collections)
        {
            return;
        }

        var total = GC.GetTotalPauseDuration();
        var pause = total - _total;
        (_collections, _total) = (collections, total);
        if (pause > Longest)
        {
            Volatile.Write(ref _longest, pause.Ticks);
        }

        if (pause > _bound && now >= _nextLog)
        {
            _nextLog = now + LogInterval;
            NodeLog.LongCollection(
                logger, self, pause.TotalMilliseconds, options.Consensus.HeartbeatInterval.TotalMilliseconds);
        }
    }
}
