using Ikada.Simulation.Faults;
using Ikada.Simulation.Time;

namespace Ikada.Simulation.Reducing;

/// <summary>
/// Reduces a failing run: fewer kinds of faults, nodes, clients, keys and strikes, less time in which clients
/// ask and frames are treated badly, also under other seeds, as long as the same property is violated.
/// </summary>
public sealed class Shrinker
{
    private const int SeedsPerTry = 24;
    private static readonly FaultKind[] FrameKinds =
    [
        FaultKind.Drop, FaultKind.Delay, FaultKind.Duplicate, FaultKind.Reorder, FaultKind.Replay,
        FaultKind.Corrupt, FaultKind.SnapshotCut, FaultKind.Truncate,
    ];

    private ShrinkLab _lab = null!;

    /// <summary>How many runs at a time. Default 1.</summary>
    public int Jobs { get; init; } = 1;

    /// <summary>How long it may take. Default 60 s.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Told after each try.</summary>
    public Action<ShrinkProgress>? Progress { get; init; }

    /// <summary>Returns the smallest run found that violates what <paramref name="failing"/>
    /// violates.</summary>
    /// <exception cref="ArgumentException">The run violates nothing.</exception>
    public ShrinkOutcome Shrink(SimulationResult failing, CancellationToken cancellation = default)
    {
        if (failing.Failure is null)
        {
            throw new ArgumentException("the run violates nothing", nameof(failing));
        }

        _lab = new ShrinkLab(failing, Jobs, TimeLimit, Progress, cancellation);
        StartSmall();
        ReduceKinds();
        ReduceLoad();
        ReduceNodes();
        ReduceStrikes();
        for (var before = long.MaxValue; _lab.Best.Counts.Events < before && !_lab.IsOver;)
        {
            before = _lab.Best.Counts.Events;
            SearchSeeds();
            ReduceKinds();
            ReduceLoad();
            ReduceNodes();
            ReduceStrikes();
            ReduceTime();
        }

        Tidy();
        _lab.Close();
        return new ShrinkOutcome(failing, _lab.Best, _lab.Runs, _lab.Elapsed);
    }

    private SimulationOptions Best => _lab.Best.Options;

    // The same run in fewer words: nothing is asked for that would come only later.
    private void Tidy()
    {
        var end = (int)_lab.Best.VirtualTime.TotalSeconds + 1;
        var without = _lab.Best.ActiveFaults == FaultSet.None;
        _lab.Best = _lab.Best with
        {
            Options = Best with
            {
                Seconds = Math.Min(Best.Seconds, end),
                Only = without ? null : Best.Only,
            },
        };
    }

    // A small cluster with few clients, if any seed finds it there: every later try is quicker.
    private void StartSmall()
    {
        _lab.Step = "a small cluster";
        var size = _lab.Best.Size;
        var small = Best with
        {
            Nodes = Math.Min(3, Best.Nodes),
            Clients = Math.Clamp(size.Clients, 1, 4),
            Keys = Math.Clamp(size.Keys, 1, 2),
        };
        _lab.TryFirst(Seeds(small, SeedsPerTry), growth: 0.9, until: 0.3);
    }

    private void ReduceKinds()
    {
        _lab.Step = "faults";
        var now = _lab.Best.ActiveFaults.ToList();
        Minimizer.Minimize(now, parts => _lab.TryFirst(
            [.. parts.Select(part => Best with { Faults = FaultSet.Of(part) })], growth: 1.5));
    }

    private void ReduceLoad()
    {
        _lab.Step = "clients";
        _lab.TryFirst(
            [.. Below(_lab.Best.Size.Clients).Select(count => Best with { Clients = count })], growth: 1.5);
        _lab.Step = "keys";
        _lab.TryFirst(
            [.. Below(_lab.Best.Size.Keys).Select(count => Best with { Keys = count })], growth: 1.5);
    }

    // Fewer nodes are another run: other seeds may find it again.
    private void ReduceNodes()
    {
        _lab.Step = "nodes";
        foreach (var nodes in Below(Best.Nodes))
        {
            if (_lab.Share > 0.6 && nodes > 1)
            {
                break;
            }

            if (_lab.TryFirst(Seeds(Best with { Nodes = nodes }, SeedsPerTry / 2), growth: 1.2) >= 0)
            {
                break;
            }
        }
    }

    private void ReduceStrikes()
    {
        _lab.Step = "strikes";
        if (_lab.Try(Best with { Only = StrikeList.Of(_lab.Best.Strikes), Skip = null }))
        {
            Minimizer.Minimize(_lab.Best.Strikes, parts => _lab.TryFirst(
                [.. parts.Select(part => Best with { Only = StrikeList.Of(part) })], growth: 1.2));
        }
    }

    // With everything as small as it is, another seed may come to it sooner.
    private void SearchSeeds()
    {
        _lab.Step = "seeds";
        for (var tries = 0; tries < 4 && _lab.Share < 0.7; tries++)
        {
            if (_lab.TryFirst(Seeds(Best, SeedsPerTry), growth: 0.8) < 0)
            {
                break;
            }
        }
    }

    private void ReduceTime()
    {
        _lab.Step = "time of clients";
        Narrow(best => best.Asking, (best, window) => best with { Asking = window });
        if (_lab.Best.ActiveFaults.ToList().Any(kind => Array.IndexOf(FrameKinds, kind) >= 0))
        {
            _lab.Step = "time of frames";
            Narrow(best => best.Frames, (best, window) => best with { Frames = window });
        }
    }

    // First the beginning is cut off, by smaller and smaller pieces, then the end.
    private void Narrow(
        Func<SimulationOptions, TimeWindow> window,
        Func<SimulationOptions, TimeWindow, SimulationOptions> with)
    {
        var end = (int)_lab.Best.VirtualTime.TotalMilliseconds + 1;
        for (var piece = end / 2; piece >= 20 && !_lab.IsOver; piece /= 2)
        {
            var (from, to) = (window(Best).From, Math.Min(window(Best).To, end));
            if (from + piece < to)
            {
                _lab.Try(with(Best, new TimeWindow(from + piece, to)));
            }
        }

        for (var piece = end / 2; piece >= 20 && !_lab.IsOver; piece /= 2)
        {
            var (from, to) = (window(Best).From, Math.Min(window(Best).To, end));
            if (to - piece > from)
            {
                _lab.Try(with(Best, new TimeWindow(from, to - piece)));
            }
        }
    }

    // The same seed first, then others; of others the strikes and times mean nothing.
    private List<SimulationOptions> Seeds(SimulationOptions small, int count)
    {
        var all = new List<SimulationOptions> { small };
        for (var at = 1; at <= count; at++)
        {
            all.Add(small with
            {
                Seed = unchecked(small.Seed + (ulong)(_lab.Runs + at)),
                Only = null,
                Skip = null,
                Asking = TimeWindow.Always,
                Frames = TimeWindow.Always,
            });
        }

        return all;
    }

    private static IEnumerable<int> Below(int count)
    {
        for (var fewer = 1; fewer < count; fewer = fewer < 3 ? fewer + 1 : fewer * 2)
        {
            yield return fewer;
        }
    }
}
