using System.Diagnostics;
using System.Globalization;
using Ikada.Bench.Clusters;

namespace Ikada.Bench.Libraries;

/// <summary>What clients in the processes of the nodes that lead did. Milliseconds, of the slowest process;
/// microseconds of processor time of all processes a command, the clients' share in it.</summary>
internal sealed record LibraryFigures(double PerSecond, double P50, double P99, double Max, double Cpu);

/// <summary>Three processes, each with a node of the same groups and, where it leads, their
/// clients.</summary>
internal sealed class NodeCluster : IDisposable
{
    private const int Nodes = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);
    private readonly NodeKind _kind;
    private readonly string _directory;
    private readonly List<NodeProcess> _processes;

    private NodeCluster(NodeKind kind, string where)
    {
        _kind = kind;
        _directory = Path.Combine(where, $"ikada-bench-{Guid.NewGuid():N}");
        Directory.CreateDirectory(_directory);
        var addresses = Ports.Free(Nodes).Select(port => $"127.0.0.1:{port}").ToList();
        _processes = [.. Enumerable.Range(0, Nodes).Select(number =>
            new NodeProcess(kind, _directory, number, addresses))];
    }

    /// <summary>Starts one, and waits until each of its groups has a leader.</summary>
    public static async Task<NodeCluster> StartAsync(NodeKind kind, string where, int groups = 1)
    {
        var cluster = new NodeCluster(kind, where);
        try
        {
            await Task.WhenAll(cluster._processes.Select(process => process.ExpectAsync("ready", Patience)));
            for (var watch = Stopwatch.StartNew(); (await cluster.LedAsync()).Sum() < groups;)
            {
                await Task.Delay(Poll);
                if (watch.Elapsed > Patience)
                {
                    throw new BenchException($"{kind.Name}: nobody leads");
                }
            }

            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <summary>Runs clients in the processes that lead, each its share of them.</summary>
    /// <param name="clients">In all; each process that leads has at least one.</param>
    /// <param name="bytes">Of a command.</param>
    /// <param name="warmUp">Not measured.</param>
    /// <param name="window">Measured.</param>
    public async Task<LibraryFigures> MeasureAsync(int clients, int bytes, TimeSpan warmUp, TimeSpan window)
    {
        var led = await LedAsync();
        var all = led.Sum();
        var loaded = _processes.Zip(led).Where(one => one.Second > 0).ToList();
        if (all == 0)
        {
            throw new BenchException($"{_kind.Name}: nobody leads any more");
        }

        foreach (var (process, groups) in loaded)
        {
            process.Say(string.Create(
                CultureInfo.InvariantCulture,
                $"run {Math.Max(1, clients * groups / all)} {bytes} "
                + $"{(int)warmUp.TotalMilliseconds} {(int)window.TotalMilliseconds}"));
        }

        await Task.WhenAll(loaded.Select(one => one.First.ExpectAsync("begun", Patience)));
        var before = _processes.Sum(process => process.Usage().CpuSeconds);
        await Task.WhenAll(loaded.Select(one => one.First.ExpectAsync("ended", Patience)));
        var used = _processes.Sum(process => process.Usage().CpuSeconds) - before;
        var results = await Task.WhenAll(loaded.Select(one => one.First.HearAsync(Patience)));
        return Sum([.. results.Select(Numbers)], used);
    }

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private static double[] Numbers(string line) =>
        [.. line.Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture))];

    private static LibraryFigures Sum(List<double[]> results, double processor) => new(
        results.Sum(one => one[0] / one[1]),
        results.Max(one => one[2]) / 1e6,
        results.Max(one => one[3]) / 1e6,
        results.Max(one => one[4]) / 1e6,
        processor * 1e6 / Math.Max(1, results.Sum(one => one[0])));

    private async Task<int[]> LedAsync() =>
        await Task.WhenAll(_processes.Select(async process =>
        {
            process.Say("leads");
            return int.Parse(await process.HearAsync(Patience), CultureInfo.InvariantCulture);
        }));
}
