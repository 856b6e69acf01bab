using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Ikada.Testing;

namespace Ikada.Groups;

/// <summary>Three processes with the same groups, and what these cost while nothing happens.</summary>
internal sealed class Processes : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    // Until what elections left behind is through, and the groups sleep where they may.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ikada-groups-");
    private readonly List<NodeProcess> _processes = [];
    private readonly int _groups;
    private readonly TimeSpan _sleep;

    private Processes(int groups, TimeSpan sleep) => (_groups, _sleep) = (groups, sleep);

    public static async Task<Processes> StartAsync(int groups, TimeSpan sleep)
    {
        var all = new Processes(groups, sleep);
        string[] names = ["a", "b", "c"];
        var members = names.Select(name => $"{name}={FreePort()}").ToArray();
        foreach (var (name, member) in names.Zip(members))
        {
            var start = new ProcessStartInfo(
                Environment.ProcessPath!,
                [
                    "node", Path.Combine(all._directory.FullName, name), name, member.Split('=')[1],
                    Text(sleep.TotalMilliseconds), .. members,
                ])
            {
                RedirectStandardInput = true, RedirectStandardOutput = true,
            };
            all._processes.Add(new NodeProcess(name, start));
        }

        await Task.WhenAll(all._processes.Select(process => process.StartAsync()));
        return all;
    }

    /// <summary>Measures and prints; whether all groups took their command.</summary>
    public async Task<bool> MeasureAsync(TimeSpan idle)
    {
        Say(_sleep == TimeSpan.Zero
            ? "groups that never sleep" : $"groups sleep after {_sleep.TotalSeconds} s");
        var watch = Stopwatch.StartNew();
        var opened = await AskAllAsync($"open {_groups}");
        Say($"  opened        {_groups} groups in each process in {opened.Max()} ms");
        while ((await AskAllAsync("leads")).Sum() < _groups)
        {
            await Task.Delay(50);
        }

        var used = _processes.Sum(process => process.ProcessorTime.TotalSeconds);
        Say($"  all elected   {watch.ElapsedMilliseconds} ms after the first was opened, with {used:F1} s of "
            + $"processor time of all three; led by each: {string.Join(", ", await AskAllAsync("leads"))}");
        await Task.Delay(Settling);
        await MeasureIdleAsync(idle);
        var added = await _processes[0].AskAsync("add", Patience);
        var right = added.StartsWith($"{_groups} ", StringComparison.Ordinal);
        Say($"  one command   in each group at once, through one process: {added.Split(' ')[0]} applied in "
            + $"{added.Split(' ')[1]} ms{(right ? string.Empty : " WRONG")}");
        return right;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        _directory.Delete(recursive: true);
    }

    private async Task MeasureIdleAsync(TimeSpan idle)
    {
        var heaps = await AskAllAsync("heap");
        var (frames, bytes) = await SentAsync();
        var used = _processes.Select(process => process.ProcessorTime).ToArray();
        var watch = Stopwatch.StartNew();
        await Task.Delay(idle);
        var seconds = watch.Elapsed.TotalSeconds;
        var busy = _processes.Zip(
            used, (process, before) => (process.ProcessorTime - before).TotalSeconds / seconds * 100);
        var (framesThen, bytesThen) = await SentAsync();
        Say($"  idle          over {seconds:F0} s, for each process:");
        Say($"    processor   {string.Join(", ", busy.Select(share => $"{share:F2} %"))} of one core");
        Say("    memory      "
            + string.Join(", ", _processes.Select(process => $"{process.WorkingSetBytes >> 20} MiB"))
            + $", objects {string.Join(", ", heaps.Select(heap => $"{heap >> 20} MiB"))}");
        Say($"    on the wire {(framesThen - frames) / seconds:F0} frames and "
            + $"{(bytesThen - bytes) / seconds / 1024:F1} KiB a second, of all three together");
    }

    private async Task<(long Frames, long Bytes)> SentAsync()
    {
        var sent = await Task.WhenAll(_processes.Select(process => process.AskAsync("sent", Patience)));
        return (sent.Sum(one => Number(one.Split(' ')[0])), sent.Sum(one => Number(one.Split(' ')[1])));
    }

    private async Task<long[]> AskAllAsync(string command) =>
        [.. (await Task.WhenAll(_processes.Select(process => process.AskAsync(command, Patience))))
            .Select(Number)];

    private static void Say(string line) => Console.WriteLine(line);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static string FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).ToString();
    }
}
