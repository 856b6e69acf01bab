using System.Threading.Tasks.Sources;

namespace Ikada.Node;

/// <summary>The outcome of a call, told once: the first to end it wins. Who waits goes on elsewhere, never on
/// the thread that ends it.</summary>
internal struct PendingOutcome<T>
{
    private ManualResetValueTaskSourceCore<T> _core = new() { RunContinuationsAsynchronously = true };
    private int _hasEnded;

    public PendingOutcome()
    {
    }

    /// <summary>Where the client gives up; undone at the end.</summary>
    public CancellationTokenRegistration Registration { private readonly get; set; }

    public readonly short Version => _core.Version;

    /// <summary>A client that gives up does not end it any more.</summary>
    public readonly void Keep() => Registration.Unregister();

    public void End(in T outcome)
    {
        if (Interlocked.Exchange(ref _hasEnded, 1) == 0)
        {
            // Does not wait for a callback that runs: it finds the outcome told.
            Registration.Unregister();
            _core.SetResult(outcome);
        }
    }

    public void Fail(Exception error)
    {
        if (Interlocked.Exchange(ref _hasEnded, 1) == 0)
        {
            Registration.Unregister();
            _core.SetException(error);
        }
    }

    public T Result(short token) => _core.GetResult(token);

    public ValueTaskSourceStatus Status(short token) => _core.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
