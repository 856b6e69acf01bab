using System.Diagnostics;

namespace Ikada.Simulation.Sweeps;

/// <summary>
/// Runs seed after seed, several at a time. After a violation no later seed begins and those under way are
/// given up, but every earlier one is run to its end: so the violation that is kept is that of the lowest
/// seed, however many jobs there are.
/// </summary>
public sealed class SeedSweep
{
    private readonly Lock _gate = new();
    private readonly Stopwatch _watch = new();
    private SimulationSummary _summary = new();
    private Run?[] _running = [];
    private long _next;
    private long _end;

    /// <summary>The options of every run but for seed and nodes; the seed is the first one's.</summary>
    public required SimulationOptions Options { get; init; }

    /// <summary>How many nodes: the first seed has the first number, the next the next, and so on, over and
    /// over.</summary>
    public required IReadOnlyList<int> Nodes { get; init; }

    /// <summary>How many seeds at most.</summary>
    public long Seeds { get; init; } = long.MaxValue;

    /// <summary>How many runs at a time. Default 1.</summary>
    public int Jobs { get; init; } = 1;

    /// <summary>No seed begins after so much wall time; null: there is no limit.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Whether to go on after a violation.</summary>
    public bool KeepsGoing { get; init; }

    /// <summary>Told of the sum after each run, by one thread at a time.</summary>
    public Action<SimulationSummary>? Progress { get; init; }

    /// <summary>Runs them all and returns the sum.</summary>
    public SimulationSummary Execute(CancellationToken cancellation = default)
    {
        _summary = new SimulationSummary { Jobs = Jobs };
        _running = new Run?[Jobs];
        (_next, _end) = (0, Seeds);
        _watch.Restart();
        Parallel.For(
            0, Jobs, new ParallelOptions { MaxDegreeOfParallelism = Jobs }, job => Work(job, cancellation));
        _summary.WallTime = _watch.Elapsed;
        return _summary;
    }

    private void Work(int job, CancellationToken cancellation)
    {
        while (Begin(job, cancellation) is { } run)
        {
            using (run)
            {
                var result = SimulationRun.ExecuteUnless(run.Options, run.Token);
                End(job, run, result);
            }
        }
    }

    private Run? Begin(int job, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_next >= _end || cancellation.IsCancellationRequested
                || (TimeLimit is { } limit && _watch.Elapsed >= limit))
            {
                return null;
            }

            var at = _next++;
            return _running[job] = new Run(at, OptionsOf(at), cancellation);
        }
    }

    private SimulationOptions OptionsOf(long at) => Options with
    {
        Seed = unchecked(Options.Seed + (ulong)at),
        Nodes = Nodes[(int)(at % Nodes.Count)],
    };

    private void End(int job, Run run, SimulationResult? result)
    {
        lock (_gate)
        {
            _running[job] = null;
            if (result is null)
            {
                return; // given up
            }

            _summary.Add(result);
            _summary.WallTime = _watch.Elapsed;
            if (result.Failure is not null && !KeepsGoing)
            {
                StopAfter(run.At);
            }

            Progress?.Invoke(_summary);
        }
    }

    private void StopAfter(long at)
    {
        _end = Math.Min(_end, at);
        foreach (var run in _running)
        {
            if (run?.At > at)
            {
                run.GiveUp();
            }
        }
    }

    private sealed class Run(long at, SimulationOptions options, CancellationToken cancellation) : IDisposable
    {
        private readonly CancellationTokenSource _source =
            CancellationTokenSource.CreateLinkedTokenSource(cancellation);

        public long At { get; } = at;

        public SimulationOptions Options { get; } = options;

        public CancellationToken Token => _source.Token;

        public void GiveUp() => _source.Cancel();

        public void Dispose() => _source.Dispose();
    }
}
