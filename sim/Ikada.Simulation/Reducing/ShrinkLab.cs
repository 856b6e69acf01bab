using System.Diagnostics;

namespace Ikada.Simulation.Reducing;

/// <summary>Tries smaller runs, some at a time, and keeps the best: it violates the same property, and has
/// not many more events than the one before.</summary>
internal sealed class ShrinkLab
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly int _jobs;
    private readonly TimeSpan _limit;
    private readonly Action<ShrinkProgress>? _progress;
    private readonly CancellationTokenSource _over;
    private int _runs;

    public ShrinkLab(
        SimulationResult failing, int jobs, TimeSpan limit, Action<ShrinkProgress>? progress,
        CancellationToken cancellation)
    {
        (Best, _jobs, _limit, _progress) = (failing, jobs, limit, progress);
        _over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _over.CancelAfter(limit);
    }

    /// <summary>The smallest failing run so far.</summary>
    public SimulationResult Best { get; set; }

    /// <summary>What is being tried.</summary>
    public string Step { get; set; } = string.Empty;

    /// <summary>How many runs were tried.</summary>
    public int Runs => _runs;

    public TimeSpan Elapsed => _watch.Elapsed;

    /// <summary>Whether the time has passed.</summary>
    public bool IsOver => _over.IsCancellationRequested;

    /// <summary>How much of the time has passed, 0 to 1.</summary>
    public double Share => Math.Min(1, _watch.Elapsed / _limit);

    /// <summary>Tries one. True: it is the best now.</summary>
    public bool Try(SimulationOptions candidate) => TryFirst([candidate], 1.2) == 0;

    /// <summary>Tries some; the first that does it is the best now, and its place is returned; -1: none does.
    /// It may have <paramref name="growth"/> times as many events as the best before. None is begun when
    /// the share <paramref name="until"/> of the time has passed.</summary>
    public int TryFirst(IReadOnlyList<SimulationOptions> candidates, double growth, double until = 1)
    {
        for (var first = 0; first < candidates.Count && !IsOver && Share < until; first += _jobs)
        {
            var results = new SimulationResult?[Math.Min(_jobs, candidates.Count - first)];
            var most = (long)(Best.Counts.Events * growth);
            if (results.Length == 1)
            {
                results[0] = Run(candidates[first], most);
            }
            else
            {
                Parallel.For(0, results.Length, at => results[at] = Run(candidates[first + at], most));
            }

            _runs += results.Length;
            var found = Array.FindIndex(results, result => result is not null);
            if (found >= 0)
            {
                Best = results[found]!;
            }

            _progress?.Invoke(new ShrinkProgress(Step, _runs, _watch.Elapsed, ShrinkSize.Of(Best)));
            if (found >= 0)
            {
                return first + found;
            }
        }

        return -1;
    }

    /// <summary>Nothing more is tried.</summary>
    public void Close() => _over.Dispose();

    private SimulationResult? Run(SimulationOptions options, long eventsMax)
    {
        var result = SimulationRun.ExecuteUnless(options with { EventsMax = eventsMax }, _over.Token);
        return result?.Failure is { } failure && result.Counts.Events <= eventsMax
            && IsSame(failure, Best.Failure!)
            ? result with { Options = options } : null;
    }

    // Where no property has a name of its own, the message without its numbers stands for it.
    private static bool IsSame(SimulationFailure one, SimulationFailure other) =>
        one.Property == other.Property && (one.Property[0] == 'I' || Head(one) == Head(other));

    private static string Head(SimulationFailure failure)
    {
        var line = failure.Description.Split('\n')[0];
        return string.Concat(line.Where(letter => !char.IsAsciiDigit(letter)));
    }
}
