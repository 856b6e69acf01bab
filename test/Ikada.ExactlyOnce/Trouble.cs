using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Ikada.Testing;

namespace Ikada.ExactlyOnce;

/// <summary>
/// Three processes, each behind a relay. The first counts; meanwhile the others are killed, any is frozen for
/// longer than an election takes, and connections are cut. Each increment must be applied once.
/// </summary>
internal sealed class Trouble : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ikada-");
    private readonly List<Relay> _relays = [];
    private readonly List<NodeProcess> _nodes = [];
    private readonly SortedDictionary<string, int> _faults = new(StringComparer.Ordinal);
    private readonly Random _random;

    private Trouble(int seed) => _random = new Random(seed);

    public static async Task<Trouble> StartAsync(int seed)
    {
        var trouble = new Trouble(seed);
        string[] names = ["a", "b", "c"];
        var listens = names.Select(_ => FreePort()).ToArray();
        trouble._relays.AddRange(listens.Select(listen => new Relay(listen)));
        var members = names.Zip(trouble._relays, (name, relay) => $"{name}={relay.EndPoint}").ToArray();
        for (var i = 0; i < names.Length; i++)
        {
            var directory = Path.Combine(trouble._directory.FullName, names[i]);
            var start = new ProcessStartInfo(
                Environment.ProcessPath!, ["node", directory, names[i], $"{listens[i]}", .. members])
            {
                RedirectStandardInput = true, RedirectStandardOutput = true,
            };
            trouble._nodes.Add(new NodeProcess(names[i], start));
        }

        await Task.WhenAll(trouble._nodes.Select(node => node.StartAsync()));
        return trouble;
    }

    /// <summary>Counts and makes trouble; whether the total is right on every node.</summary>
    public async Task<bool> CountAsync(int increments)
    {
        var watch = Stopwatch.StartNew();
        var counting = _nodes[0].AskAsync($"add {increments}", Patience);
        while (!counting.IsCompleted)
        {
            await Task.WhenAny(counting, Task.Delay(_random.Next(200, 1200)));
            if (!counting.IsCompleted)
            {
                await StrikeAsync();
            }
        }

        var outcomes = await counting;
        var took = watch.Elapsed.TotalSeconds;
        var faults = _faults.Select(fault => $"{fault.Value} {fault.Key}");
        Console.WriteLine($"outcomes  {outcomes}");
        Console.WriteLine($"time      {took:F1} s, {increments / took:F0} a second");
        Console.WriteLine($"faults    {string.Join(", ", faults)}");
        var right = outcomes == $"{increments} applied";
        foreach (var node in _nodes)
        {
            var value = await node.AskAsync("value", TimeSpan.FromMinutes(1));
            Console.WriteLine($"total     {value} on {node.Name}");
            right &= value == $"{increments}";
        }

        Console.WriteLine(right ? "exact" : $"WRONG: {increments} were counted");
        return right;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        foreach (var relay in _relays)
        {
            await relay.DisposeAsync();
        }

        _directory.Delete(recursive: true);
    }

    // The one that counts must live: with it would go what it has not been told yet.
    private async Task StrikeAsync()
    {
        var kind = _random.Next(5);
        var node = _nodes[_random.Next(kind == 0 ? 1 : 0, _nodes.Count)];
        switch (kind)
        {
            case 0:
                Note("kill -9");
                await node.KillAsync();
                await Task.Delay(_random.Next(2000));
                await node.StartAsync();
                break;
            case 1:
                Note("freeze");
                await node.FreezeAsync(TimeSpan.FromMilliseconds(_random.Next(1000, 3000)));
                break;
            case 2:
                Note("all connections to one closed");
                RelayOf(node).Cut();
                break;
            case 3:
                Note("one not reachable");
                await CutAsync([RelayOf(node)]);
                break;
            default:
                Note("nobody reachable");
                await CutAsync(_relays);
                break;
        }
    }

    private async Task CutAsync(IReadOnlyList<Relay> relays)
    {
        foreach (var relay in relays)
        {
            relay.IsCut = true;
            relay.Cut();
        }

        await Task.Delay(_random.Next(500, 3000));
        foreach (var relay in relays)
        {
            relay.IsCut = false;
        }
    }

    private Relay RelayOf(NodeProcess node) => _relays[_nodes.IndexOf(node)];

    private void Note(string fault) => _faults[fault] = _faults.GetValueOrDefault(fault) + 1;

    private static IPEndPoint FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
