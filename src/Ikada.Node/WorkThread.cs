using System.Diagnostics.CodeAnalysis;

namespace Ikada.Node;

/// <summary>A named thread that does one kind of work in the order it is given. What it is given is bounded
/// by the giver.</summary>
internal abstract class WorkThread<TWork>
{
    private readonly object _gate = new();
    private readonly Queue<TWork> _queue = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private bool _stopped;

    protected WorkThread(string name) => _thread = new Thread(Run) { IsBackground = true, Name = name };

    /// <summary>Ends with the thread.</summary>
    public Task Ended => _ended.Task;

    public void Start() => _thread.Start();

    public void Submit(TWork work)
    {
        lock (_gate)
        {
            _queue.Enqueue(work);
            if (_queue.Count == 1)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Ends the thread after the work under way; what is queued is not done.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.Pulse(_gate);
        }
    }

    protected abstract void Do(TWork work);

    /// <summary>Called when <see cref="Do"/> has thrown; the thread then ends.</summary>
    protected abstract void Failed(TWork work, Exception error);

    private void Run()
    {
        while (TryNext(out var work))
        {
            try
            {
                Do(work);
            }
#pragma warning disable CA1031 // Not swallowed: it stops the node, which tells it as its own end.
            catch (Exception error)
#pragma warning restore CA1031
            {
                Failed(work, error);
                break;
            }
        }

        _ended.SetResult();
    }

    private bool TryNext([MaybeNullWhen(false)] out TWork work)
    {
        lock (_gate)
        {
            while (_queue.Count == 0 && !_stopped)
            {
                Monitor.Wait(_gate);
            }

            work = _stopped ? default : _queue.Dequeue();
            return !_stopped;
        }
    }
}
