using System.Collections.Concurrent;
using Ikada.Load.Http2;

namespace Ikada.Load.Running;

/// <summary>What the threads of a run share.</summary>
/// <param name="isOpenLoop">Whether operations begin by the clock instead of when another is done.</param>
internal sealed class LoadState(bool isOpenLoop) : IDisposable
{
    private readonly ManualResetEventSlim _failed = new();
    private readonly ConcurrentStack<LoadCall> _idle = [];
    private volatile bool _isMeasuring;
    private volatile bool _isStopping;
    private volatile GrpcConnectionException? _failure;
    private int _busy;
    private long _left = long.MaxValue;

    public bool IsMeasuring
    {
        get => _isMeasuring;
        set => _isMeasuring = value;
    }

    public int Busy => Volatile.Read(ref _busy);

    /// <summary>How many operations may still begin.</summary>
    public long Left
    {
        get => Interlocked.Read(ref _left);
        set => Interlocked.Exchange(ref _left, value);
    }

    public void Begin(LoadCall call, long intended)
    {
        Interlocked.Increment(ref _busy);
        call.Start(intended);
    }

    /// <summary>An operation is over: a closed loop begins the next at once.</summary>
    public void Done(LoadCall call, long now)
    {
        if (!isOpenLoop && !_isStopping && Interlocked.Decrement(ref _left) >= 0)
        {
            call.Start(now);
            return;
        }

        Interlocked.Decrement(ref _busy);
        if (isOpenLoop)
        {
            _idle.Push(call);
        }
    }

    public void AddIdle(LoadCall call) => _idle.Push(call);

    /// <summary>A client of an open loop that has nothing to do.</summary>
    public bool TryIdle(out LoadCall? call) => _idle.TryPop(out call);

    public void Stop() => _isStopping = true;

    public void Fail(GrpcConnectionException failure)
    {
        _failure = failure;
        _failed.Set();
    }

    /// <summary>Waits for so long.</summary>
    /// <exception cref="GrpcConnectionException">A connection was lost.</exception>
    public void Wait(TimeSpan time)
    {
        if (_failed.Wait(time))
        {
            throw new GrpcConnectionException(_failure!.Message, _failure);
        }
    }

    public void Dispose() => _failed.Dispose();
}
