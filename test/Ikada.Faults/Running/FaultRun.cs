using System.Diagnostics;
using Ikada.Faults.Checking;
using Ikada.Faults.Clients;
using Ikada.Simulation.Checkers.Store;
using Ikada.Simulation.Workloads.Store;

namespace Ikada.Faults.Running;

/// <summary>One run: three servers, clients, faults; then all healed and everything checked.</summary>
internal sealed class FaultRun(RunOptions options, Network network, string name, string directory)
{
    public const string EqualProperty = "I24 after healing every server has the same history and state";
    public const string LateProperty = "leases: one that nobody renews ends soon after its time";
    private const int LeaseClients = 4;
    private const int WatchClients = 6;

    // Seeds of clients, by what they do.
    private const int LeaseSeed = 10_000;
    private const int WatchSeed = 20_000;
    private const int ShortSeconds = 60;

    // So few that whoever was away may need a snapshot.
    private const int SnapshotEntries = 500;
    private static readonly TimeSpan LateMax = TimeSpan.FromSeconds(15);
    private readonly Recorder _recorder = new();
    private readonly KeyPlan _keys = KeyPlan.For(TimeSpan.FromSeconds(options.Seconds), LeaseClients);
    private readonly List<WatchingClient> _watches = [];
    private readonly Findings _findings = new();

    // A short run is not to wait long for the last leases.
    private int LeaseSeconds => options.Seconds < ShortSeconds ? 2 : 4;

    /// <summary>Runs, and tells what was found.</summary>
    public async Task<RunReport> RunAsync(FaultKind[] kinds, CancellationToken interrupt)
    {
        var started = Stopwatch.GetTimestamp();
        string[] flags =
        [
            "--snapshot-count", $"{SnapshotEntries}",
            .. options.Engine.Length == 0 ? (string[])[] : ["--storage-engine", options.Engine],
        ];
        await using var cluster = new Cluster(options.Ikada, directory, flags);
        await cluster.StartAsync();
        _recorder.Begin();
        var injector = new Injector(
            cluster, network, _recorder, Math.Clamp((double)options.Seconds / ShortSeconds, 0.2, 1),
            new Random(options.Seed), interrupt);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        using var clientsEnd = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        using var watchesEnd = new CancellationTokenSource();
        var clients = StartClients(cluster.Connections, clientsEnd.Token, watchesEnd.Token);
        var watching = Task.WhenAll(_watches.Select(watch => watch.RunAsync()));
        end.CancelAfter(TimeSpan.FromSeconds(options.Seconds));
        await injector.RunAsync(kinds, end.Token);
        await cluster.SettledAsync();
        await clientsEnd.CancelAsync();
        await clients;
        interrupt.ThrowIfCancellationRequested();
        var record = await EndAsync(cluster, injector.Injected, watching, watchesEnd);
        StoreCheck.Run(_keys.Count, record.Operations, record.History, record.Watches, _findings);
        RegisterCheck.Run(RegisterCheck.UsesOf(record.Operations, _keys.Registers), _findings);
        return new RunReport(name, record, _findings.Texts, Stopwatch.GetElapsedTime(started));
    }

    private Task StartClients(
        IReadOnlyList<Connection> servers, CancellationToken end, CancellationToken watchesEnd)
    {
        var tasks = new List<Task>();
        var number = 0;
        for (; number < options.Clients; number++)
        {
            tasks.Add(new RegisterClient(
                _recorder, MakeCaller(servers, number, end), _keys, RandomOf(number)).RunAsync());
        }

        for (var node = 0; node < servers.Count; node++, number++)
        {
            var caller = new Caller(_recorder, servers, number, Plant.None, end)
            {
                Node = node, StaysWithNode = true,
            };
            tasks.Add(new StaleReader(_recorder, caller, _keys, RandomOf(number)).RunAsync());
        }

        for (var i = 0; i < LeaseClients; i++, number++)
        {
            tasks.Add(new LeaseClient(
                _recorder, MakeCaller(servers, number, end), _keys.LeaseKey(i), (i + 1) * 1_000_000L,
                LeaseSeconds, options.Plant == Plant.EarlyExpiry,
                RandomOf(LeaseSeed + i)).RunAsync());
        }

        for (var i = 0; i < WatchClients; i++)
        {
            var random = RandomOf(WatchSeed + i);
            var keys = i < 2 ? new KeySpan(0, _keys.Count)
                : new KeySpan(random.Next(_keys.Registers / 2), 1 + random.Next(_keys.Registers / 2));
            _watches.Add(new WatchingClient(
                _recorder, servers, new WatchRecord(i + 1, keys, i % 2 == 0), options.Plant, random,
                watchesEnd));
        }

        return Task.WhenAll(tasks);
    }

    // Everything has healed and no client asks any more.
    private async Task<RunRecord> EndAsync(
        Cluster cluster, IReadOnlyList<InjectedFault> faults, Task watching,
        CancellationTokenSource watchesEnd)
    {
        await LeasesEndAsync(cluster);
        var (revision, hashes) = await cluster.HashesAsync();
        foreach (var watch in _watches)
        {
            watch.IsSettling = true;
        }

        // Whoever is not told by then is told of by the check.
        var isLevel = cluster.EventuallyAsync("all watchers told", () =>
            Task.FromResult(_watches.All(watch => watch.Record.Next > revision)));
        await isLevel.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await watchesEnd.CancelAsync();
        await watching;
        var histories = await Task.WhenAll(cluster.Connections.Select(
            server => FinalHistory.ReadAsync(server, revision)));
        for (var node = 1; node < histories.Length; node++)
        {
            Compare(histories[0], hashes[0], histories[node], hashes[node], node);
        }

        return new RunRecord(
            _keys, [.. _recorder.Operations], [.. _watches.Select(watch => watch.Record)], faults,
            histories[0]);
    }

    private async Task LeasesEndAsync(Cluster cluster)
    {
        var caller = new Caller(_recorder, cluster.Connections, -1, Plant.None, CancellationToken.None)
        {
            Node = 0,
        };
        var limit = TimeSpan.FromSeconds(LeaseSeconds) + LateMax;
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var look = await caller.AskAsync(
                _recorder.NextId(), new ReadRequest(new KeySpan(_keys.Registers, LeaseClients), default));
            if (look is { Outcome: RecordedOutcome.Ok, Found.Items.Count: 0 })
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(began) > limit)
            {
                var left = look.Found?.Items.Select(StoreText.Of) ?? [look.Error];
                _findings.Add(
                    LateProperty,
                    $"{limit.TotalSeconds} s after all clients ended this is there: "
                    + string.Join(", ", left));
                return;
            }

            await Task.Delay(50, CancellationToken.None);
        }
    }

    private void Compare(
        List<RecordedChange> one, uint hash, List<RecordedChange> other, uint otherHash, int node)
    {
        var mine = one.Select(change => change.ToString());
        var its = other.Select(change => change.ToString());
        if (!mine.SequenceEqual(its))
        {
            var (left, right) = mine.Zip(its).FirstOrDefault(pair => pair.First != pair.Second);
            _findings.Add(
                EqualProperty,
                $"n1 has {one.Count} changes and n{node + 1} has {other.Count}; the first that differ: "
                + $"'{left}', '{right}'");
        }
        else if (hash != otherHash)
        {
            _findings.Add(EqualProperty, $"n1 has the hash {hash:x8} and n{node + 1} has {otherHash:x8}");
        }
    }

    private Caller MakeCaller(IReadOnlyList<Connection> servers, int number, CancellationToken end) =>
        new(_recorder, servers, number, options.Plant, end);

    private Random RandomOf(int number) => new(unchecked((options.Seed * 1_000_003) + number));
}
