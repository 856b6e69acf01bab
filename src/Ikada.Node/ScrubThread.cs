using System.Diagnostics;
using Ikada.Log;
using Ikada.Log.Snapshots;

namespace Ikada.Node;

/// <summary>The thread that reads whole states to compare what is stored: at a bounded rate, so that it
/// leaves the disk and the processor to others. All groups of the process share it.</summary>
internal sealed class ScrubThread(IDisk disk, Inbox inbox, long bytesPerSecondMax)
    : WorkThread<MemberWork<ScrubState>>("ikada-scrub")
{
    private readonly object _pause = new();
    private bool _cancelled;
    private ScrubState? _underWay;

    /// <summary>Ends the thread; what is under way ends early.</summary>
    public void Cancel()
    {
        lock (_pause)
        {
            _cancelled = true;
            _underWay?.Cancel();
            Monitor.PulseAll(_pause);
        }

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
                Pause(ahead);
            }
        };
        lock (_pause)
        {
            _underWay = work;
            if (_cancelled)
            {
                work.Cancel();
            }
        }

        work.Execute(disk);
        lock (_pause)
        {
            _underWay = null;
        }

        inbox.Post(InboxItem.Of(item.Member, work));
    }

    private void Pause(TimeSpan time)
    {
        lock (_pause)
        {
            if (!_cancelled)
            {
                Monitor.Wait(_pause, time);
            }
        }
    }

    protected override void Failed(MemberWork<ScrubState> item, Exception error) =>
        inbox.Post(InboxItem.Failure(new NodeStoppedException(
            $"reading the state{item.Member.Name} to compare it failed: {error.Message}", error)));
}
