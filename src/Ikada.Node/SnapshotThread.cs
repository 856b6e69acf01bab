using Ikada.Log;
using Ikada.Log.Snapshots;

namespace Ikada.Node;

/// <summary>The thread of snapshot files: writing a large one must not hold up the log's disk thread. All
/// groups of the process share it.</summary>
internal sealed class SnapshotThread(IDisk disk, Inbox inbox)
    : WorkThread<MemberWork<SnapshotOperation>>("ikada-snapshot")
{
    private volatile SnapshotOperation? _underWay;
    private volatile bool _isCancelled;

    /// <summary>Ends the thread; a long operation under way ends early.</summary>
    public void Cancel()
    {
        _isCancelled = true;
        _underWay?.Cancel();
        Stop();
    }

    protected override void Do(MemberWork<SnapshotOperation> item)
    {
        var work = item.Work;
        _underWay = work;
        if (_isCancelled)
        {
            // Asked for between the two: whoever cancels sees the operation, or it is seen here.
            work.Cancel();
        }

        work.Execute(disk);
        _underWay = null;
        inbox.Post(InboxItem.Of(item.Member, work));
    }

    protected override void Failed(MemberWork<SnapshotOperation> item, Exception error) =>
        inbox.Post(InboxItem.Failure(new NodeStoppedException(
            $"the snapshot thread failed in {item.Work.GetType().Name}{item.Member.Name}: {error.Message}",
            error)));
}
