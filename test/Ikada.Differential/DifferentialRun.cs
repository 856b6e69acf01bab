using System.Diagnostics;

namespace Ikada.Differential;

/// <summary>Does the same steps to etcd and to Ikada until they differ.</summary>
internal sealed class DifferentialRun(RunOptions options)
{
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CatchUpTime = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan SettlePause = TimeSpan.FromMilliseconds(2);

    /// <summary>False: they differ; what, how and how to see it again has been printed.</summary>
    public async Task<bool> RunAsync()
    {
        var version = await EtcdVersion.OfAsync(options.Etcd);
        var source = new StepSource(options.Seed, options.Kinds);
        Console.WriteLine($"etcd      {version}\nseed      {options.Seed}\nkinds     "
            + string.Join(',', options.Kinds));
        var done = new List<Step>();
        var clock = Stopwatch.StartNew();
        var difference = await CompareAsync(revision =>
        {
            if (done.Count >= options.Requests)
            {
                return null;
            }

            done.Add(done.Count == options.Requests - 1 ? new Settle() : source.Next(revision));
            return done[^1];
        });
        if (difference is null)
        {
            foreach (var kind in done.GroupBy(Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal))
            {
                Console.WriteLine($"  {kind.Count(),7} {kind.Key}");
            }

            Console.WriteLine($"{done.Count} requests, 0 differences, {clock.Elapsed.TotalSeconds:0} s");
            return true;
        }

        Console.WriteLine($"a difference at request {done.Count} of seed {options.Seed}:\n{difference}");
        await new Shrinking(options, steps => CompareAsync(One(steps))).ReportAsync(done);
        return false;
    }

    private static string Kind(Step step) =>
        step is Call call ? call.Request.Descriptor.Name : step.GetType().Name;

    private static Func<long, Step?> One(IReadOnlyList<Step> steps)
    {
        var at = 0;
        return _ => at < steps.Count ? steps[at++] : null;
    }

    /// <summary>Fresh servers, and steps until there are none or one is answered differently.</summary>
    private async Task<string?> CompareAsync(Func<long, Step?> next)
    {
        var starting = Server.StartAsync("ikada", options.Ikada, "serve");
        await using var etcd = new Subject(await Server.StartAsync("etcd", options.Etcd));
        await using var ikada = new Subject(await starting);
        for (var revision = 1L; next(revision) is { } step; revision = etcd.Revision)
        {
            if (step is Settle settle)
            {
                await Task.Delay(settle.CatchesUp ? CatchUpTime : TimeSpan.Zero);
                if (await SettledAsync(etcd, ikada) is { } differently)
                {
                    return differently;
                }

                continue;
            }

            var answers = (etcd.DoAsync(step), ikada.DoAsync(step));
            var (theirs, ours) = (await answers.Item1, await answers.Item2);
            if (theirs != ours)
            {
                return $"request   {step}\netcd      {theirs}\nikada     {ours}";
            }
        }

        return null;
    }

    private static async Task<string?> SettledAsync(Subject etcd, Subject ikada)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var (theirs, ours) = (etcd.Watched, ikada.Watched);
            if (theirs.SequenceEqual(ours))
            {
                etcd.ForgetWatched(theirs);
                ikada.ForgetWatched(ours);
                return null;
            }

            if (clock.Elapsed > SettleTime)
            {
                return $"told to watchers\netcd      {Lines(theirs)}\nikada     {Lines(ours)}";
            }

            await Task.Delay(SettlePause);
        }
    }

    private static string Lines(SortedDictionary<long, string> told) =>
        string.Join('\n', told.Select(one => $"watcher {one.Key}: {one.Value}"));
}
