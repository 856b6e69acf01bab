using System.Diagnostics;
using Ikada.Log;
using Ikada.Node.Disk;

namespace Ikada.Node;

/// <summary>The one thread that waits for the disk: executes what the log has decided and gives it
/// back.</summary>
internal sealed class DiskThread(IDisk disk, Inbox inbox, NodeMetrics metrics)
    : WorkThread<DiskOperation>("ikada-disk"), IDiskQueue
{
    private readonly TimedDisk _timed = new(disk, metrics.Log.Synced);

    // Zero between two operations.
    private long _since;

    /// <summary>How long the operation under way has taken; from any thread.</summary>
    public TimeSpan Busy => Volatile.Read(ref _since) is var since && since != 0
        ? Stopwatch.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>What it works on; for others only once it has ended.</summary>
    public IDisk Disk => disk;

    protected override void Do(DiskOperation work)
    {
        var start = Stopwatch.GetTimestamp();
        Volatile.Write(ref _since, start);
        work.Execute(_timed);
        Volatile.Write(ref _since, 0);
        metrics.DiskOperation(Stopwatch.GetElapsedTime(start));
        metrics.Log.Done(work);
        inbox.Post(InboxItem.Of(work));
    }

    protected override void Failed(DiskOperation work, Exception error) => inbox.Post(InboxItem.Failure(
        new NodeStoppedException(
            $"the disk thread failed in {work.GetType().Name}: {error.Message}", error)));
}
