using System.Diagnostics;
using Ikada.Load.Http2;

namespace Ikada.Load.Running;

/// <summary>Runs a load: the connections are open from the beginning to the end of it.</summary>
public sealed class LoadRun : IDisposable
{
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(2);
    private readonly LoadPlan _plan;
    private readonly LoadState _state;
    private readonly List<Worker> _workers = [];
    private readonly LatencyHistogram _lateness = new();
    private int _clients;

    private LoadRun(LoadPlan plan)
    {
        _plan = plan;
        _state = new LoadState(plan.RatePerSecond is not null);
    }

    /// <summary>Runs it for the time of the warm-up, then for the time that is measured, then until all that
    /// is
    /// under way is answered.</summary>
    /// <param name="plan">The load.</param>
    /// <param name="warmUp">Not measured.</param>
    /// <param name="window">Measured.</param>
    /// <param name="atWindow">Called as the measuring begins, and again as it ends; null: nobody is.</param>
    /// <exception cref="GrpcConnectionException">A server is not there, or breaks a connection off, or leaves
    /// calls unanswered.</exception>
    public static LoadResult Measure(LoadPlan plan, TimeSpan warmUp, TimeSpan window, Action? atWindow = null)
    {
        using var run = new LoadRun(plan);
        run.Open();
        using var pacer = run.Begin();
        run._state.Wait(warmUp);
        atWindow?.Invoke();
        var (processor, watch) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
        run._state.IsMeasuring = true;
        run._state.Wait(window);
        run._state.IsMeasuring = false;
        var (seconds, used) = (watch.Elapsed.TotalSeconds, Environment.CpuUsage.TotalTime - processor);
        atWindow?.Invoke();
        run._state.Stop();
        pacer.Dispose();
        run.AwaitAnswers(AnswersWithin);
        return run.Result(seconds, used.TotalSeconds);
    }

    /// <summary>Runs it until so many operations are done; all of it is measured.</summary>
    /// <param name="plan">The load, of a closed loop.</param>
    /// <param name="operations">How many.</param>
    /// <param name="patience">How long it may take.</param>
    /// <exception cref="GrpcConnectionException">As above.</exception>
    public static LoadResult Count(LoadPlan plan, long operations, TimeSpan patience)
    {
        using var run = new LoadRun(plan with { Clients = (int)Math.Min(plan.Clients, operations) });
        run.Open();
        run._state.Left = operations - run._plan.Clients;
        run._state.IsMeasuring = true;
        var (processor, watch) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
        using var begun = run.Begin();
        run.AwaitAnswers(patience);
        return run.Result(
            watch.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - processor).TotalSeconds);
    }

    public void Dispose()
    {
        foreach (var worker in _workers)
        {
            worker.Dispose();
        }

        _state.Dispose();
    }

    private void Open()
    {
        for (var i = 0; i < _plan.Connections; i++)
        {
            var target = _plan.Targets[i % _plan.Targets.Count];
            _workers.Add(new Worker(GrpcConnection.Open(target, _plan.DialTimeout), _state));
        }
    }

    private Pacer Begin()
    {
        foreach (var worker in _workers)
        {
            worker.Start();
        }

        if (_plan.RatePerSecond is { } rate)
        {
            for (var i = 0; i < _plan.Clients; i++)
            {
                _state.AddIdle(NewClient());
            }

            return new Pacer(rate, SendAt);
        }

        for (var i = 0; i < _plan.Clients; i++)
        {
            var client = NewClient();
            _state.Begin(client, Stopwatch.GetTimestamp());
            client.Worker!.Connection.Flush();
        }

        return new Pacer(0, _ => { });
    }

    private LoadCall NewClient()
    {
        var number = _clients++;
        var client = _plan.Workload.NewClient(number);
        client.Worker = _workers[number % _workers.Count];
        return client;
    }

    private void SendAt(long intended)
    {
        var client = _state.TryIdle(out var idle) ? idle! : NewClient();
        _state.Begin(client, intended);
        client.Worker!.Connection.Flush();
        if (_state.IsMeasuring)
        {
            _lateness.Record(Worker.NanosecondsBetween(intended, Stopwatch.GetTimestamp()));
        }
    }

    private void AwaitAnswers(TimeSpan patience)
    {
        for (var watch = Stopwatch.StartNew(); _state.Busy > 0; _state.Wait(Poll))
        {
            if (watch.Elapsed > patience)
            {
                throw new GrpcConnectionException(
                    $"{_state.Busy} calls of '{_plan.Workload.Name}' were not answered within "
                    + $"{patience.TotalSeconds:F0} s");
            }
        }
    }

    private LoadResult Result(double seconds, double processor)
    {
        var all = new LatencyHistogram();
        foreach (var worker in _workers)
        {
            all.Add(worker.Latencies);
        }

        return new LoadResult(
            seconds, all, _workers.Sum(worker => worker.Errors),
            _workers.Select(worker => worker.FirstError).FirstOrDefault(error => error is not null),
            processor, _lateness);
    }
}
