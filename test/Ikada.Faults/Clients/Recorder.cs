using System.Collections.Concurrent;
using System.Diagnostics;

namespace Ikada.Faults.Clients;

/// <summary>Takes down what clients do, and has the clock of it.</summary>
internal sealed class Recorder
{
    private long _began = Stopwatch.GetTimestamp();
    private readonly ConcurrentQueue<Recorded> _operations = new();
    private long _ids;

    /// <summary>Nanoseconds since it began.</summary>
    public long Now => Stopwatch.GetElapsedTime(_began).Ticks * TimeSpan.NanosecondsPerTick;

    public IReadOnlyCollection<Recorded> Operations => _operations;

    /// <summary>The clock begins to count.</summary>
    public void Begin() => _began = Stopwatch.GetTimestamp();

    /// <summary>The number of the next operation.</summary>
    public long NextId() => Interlocked.Increment(ref _ids);

    /// <summary>Takes down an operation that has ended.</summary>
    public void Add(Recorded operation) => _operations.Enqueue(operation);
}
