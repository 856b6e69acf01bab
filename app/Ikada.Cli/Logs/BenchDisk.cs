using Ikada.Log;

namespace Ikada.Cli.Logs;

/// <summary>
/// The disk thread of a measurement, and what it hands back: the same two hand-overs between threads as in a
/// node (an operation goes over, its completion comes back), without the node's other inputs. Or no thread:
/// then <see cref="Take"/> does the work, as a program does that writes and syncs by itself.
/// </summary>
internal sealed class BenchDisk(IDisk disk, bool hasThread) : IDiskQueue
{
    private readonly object _gate = new();
    private readonly Queue<DiskOperation> _submitted = new();
    private readonly object _doneGate = new();
    private readonly Queue<DiskOperation> _done = new();
    private readonly Queue<BenchAppend> _appends = new();
    private Thread? _thread;
    private bool _isStopped;

    public void Start()
    {
        if (!hasThread)
        {
            return;
        }

        _thread = new Thread(Run) { IsBackground = true, Name = "ikada-bench-disk" };
        _thread.Start();
    }

    public void Submit(DiskOperation operation)
    {
        lock (_gate)
        {
            _submitted.Enqueue(operation);
            if (_submitted.Count == 1)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>An append that another thread asks for; <see cref="Take"/> hands it over.</summary>
    public void Post(BenchAppend append)
    {
        lock (_doneGate)
        {
            _appends.Enqueue(append);
            Monitor.Pulse(_doneGate);
        }
    }

    /// <summary>Waits for an operation that is done, or for an append that is asked for, and takes all there
    /// are.</summary>
    public void Take(List<DiskOperation> done, List<BenchAppend> appends)
    {
        if (!hasThread)
        {
            var operation = _submitted.Dequeue();
            operation.Execute(disk);
            done.Add(operation);
            return;
        }

        lock (_doneGate)
        {
            while (_done.Count == 0 && _appends.Count == 0)
            {
                Monitor.Wait(_doneGate);
            }

            done.AddRange(_done);
            appends.AddRange(_appends);
            _done.Clear();
            _appends.Clear();
        }
    }

    /// <summary>Ends the thread after the operation under way.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isStopped = true;
            Monitor.Pulse(_gate);
        }

        _thread?.Join();
    }

    private void Run()
    {
        while (Next() is { } operation)
        {
            operation.Execute(disk);
            lock (_doneGate)
            {
                _done.Enqueue(operation);
                Monitor.Pulse(_doneGate);
            }
        }
    }

    private DiskOperation? Next()
    {
        lock (_gate)
        {
            while (_submitted.Count == 0 && !_isStopped)
            {
                Monitor.Wait(_gate);
            }

            return _isStopped ? null : _submitted.Dequeue();
        }
    }
}

/// <summary>An append of another thread, and the way to tell it that it is durable.</summary>
internal sealed class BenchAppend : TaskCompletionSource
{
    public BenchAppend()
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
    }
}
