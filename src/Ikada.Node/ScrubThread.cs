using System.Diagnostics;
using Ikada.Log;
using Ikada.Log.Snapshots;

namespace Ikada.Node;

/// <summary>The thread that reads whole states to compare what is stored: at a bounded rate, so that it
/// leaves the disk and the processor to others. All groups of the process share it.</summary>
internal sealed class ScrubThread(IDisk disk, Inbox inbox, long bytesPerSecondMax)
    : WorkThread<MemberWork<ScrubState>>("ikada-scrub")
{
    private readonly ManualResetEventSlim _cancelled = new();
    private volatile ScrubState? _underWay;

    /// <summary>Ends the thread; what is under way ends early.</summary>
    public void Cancel()
    {
        _cancelled.Set();
        _underWay?.Cancel();
        Stop();
    }

    protected override void Do(MemberWork<ScrubState> item)
    {
        var work = item.Work;
        var (began, read) = (Stopwatch.GetTimestamp(), 0L);
        work.Pace = bytes =>
        {
            read += bytes;
            var ahead = TimeSpan.FromSeconds((double)read / bytesPerSecondMax)
                - Stopwatch.GetElapsedTime(began);
            if (ahead > TimeSpan.Zero)
            {
                _ = _cancelled.Wait(ahead);
            }
        };
        _underWay = work;
        if (_cancelled.IsSet)
        {
            // Asked for between the two: whoever cancels sees the operation, or it is seen here.
            work.Cancel();
        }

        work.Execute(disk);
        _underWay = null;
        inbox.Post(InboxItem.Of(item.Member, work));
    }

    protected override void Failed(MemberWork<ScrubState> item, Exception error) =>
        inbox.Post(InboxItem.Failure(new NodeStoppedException(
            $"reading the state{item.Member.Name} to compare it failed: {error.Message}", error)));
}
