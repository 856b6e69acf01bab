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

    /// <summary>What it works on; for others only once it has ended.</summary>
    public IDisk Disk => disk;

    protected override void Do(DiskOperation work)
    {
        var start = Stopwatch.GetTimestamp();
        work.Execute(_timed);
        metrics.DiskOperation(Stopwatch.GetElapsedTime(start));
        metrics.Log.Done(work);
        inbox.Post(InboxItem.Of(work));
    }

    protected override void Failed(DiskOperation work, Exception error) => inbox.Post(InboxItem.Failure(
        new NodeStoppedException(
            $"the disk thread failed in {work.GetType().Name}: {error.Message}", error)));
}
