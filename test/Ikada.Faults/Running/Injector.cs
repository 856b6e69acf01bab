using Ikada.Faults.Clients;

namespace Ikada.Faults.Running;

/// <summary>Injects faults, one after the other, with rests between them.</summary>
/// <param name="cluster">Whom it strikes.</param>
/// <param name="network">The lines between them.</param>
/// <param name="recorder">Has the clock.</param>
/// <param name="pace">How long faults and rests are: 1 is seconds.</param>
/// <param name="random">Draws.</param>
/// <param name="interrupt">Ends it at once.</param>
internal sealed class Injector(
    Cluster cluster, Network network, Recorder recorder, double pace, Random random,
    CancellationToken interrupt)
{
    private readonly List<InjectedFault> _injected = [];
    private readonly HashSet<int> _slowed = [];

    public IReadOnlyList<InjectedFault> Injected => _injected;

    /// <summary>Until it is told to end and each kind has had its turn; then nothing is broken any
    /// more.</summary>
    /// <param name="kinds">Of these kinds, in turns.</param>
    /// <param name="end">When to end.</param>
    public async Task RunAsync(FaultKind[] kinds, CancellationToken end)
    {
        FaultKind[] order = [.. kinds];
        for (var turn = 0; !interrupt.IsCancellationRequested; turn++)
        {
            if (turn % order.Length == 0)
            {
                random.Shuffle(order);
            }

            await RestAsync(1000, 3000);
            if (end.IsCancellationRequested && turn >= order.Length)
            {
                return;
            }

            await StrikeAsync(order[turn % order.Length], await FindLeaderAsync());
        }
    }

    private async Task StrikeAsync(FaultKind kind, (int Node, ulong Term) leader)
    {
        // The leader more often than not.
        var isLeader = random.Next(5) < 3;
        var node = isLeader ? leader.Node : Other(leader.Node);
        var who = isLeader ? "the leader" : "a follower";
        var begin = recorder.Now;
        var what = kind switch
        {
            FaultKind.Kill => await KillAsync(node, who),
            FaultKind.Pause => await PauseAsync(node, who),
            FaultKind.Partition => await PartAsync(node, who),
            FaultKind.Asymmetric => await CutOneWayAsync(node, who),
            _ => await SlowAsync(node, who),
        };
        _injected.Add(new InjectedFault(kind, what, begin)
        {
            End = recorder.Now, LostLeader = await FindLeaderAsync() != leader,
        });
    }

    private async Task<string> KillAsync(int node, string who)
    {
        var isAll = random.Next(8) == 0;
        IReadOnlyList<Server> struck = isAll ? cluster.Servers : [cluster.Servers[node]];
        await Task.WhenAll(struck.Select(server => server.KillAsync()));
        await RestAsync(0, 1500);
        foreach (var server in struck)
        {
            server.Start();
        }

        return isAll ? "all killed" : who + " killed";
    }

    private async Task<string> PauseAsync(int node, string who)
    {
        var server = cluster.Servers[node];
        await server.SuspendAsync();
        await RestAsync(300, 4500);
        await server.ResumeAsync();
        return who + " paused";
    }

    private async Task<string> PartAsync(int node, string who)
    {
        var isAll = random.Next(5) == 0;
        foreach (var (one, other) in ((int, int)[])[(0, 1), (0, 2), (1, 2)])
        {
            if (isAll || one == node || other == node)
            {
                await network.PartAsync(one, other);
            }
        }

        await RestAsync(1500, 4500);
        await HealAsync();
        return isAll ? "all cut off from each other" : who + " cut off";
    }

    private async Task<string> CutOneWayAsync(int node, string who)
    {
        var (hears, isOne) = (random.Next(2) == 0, random.Next(3) == 0);
        var skipped = isOne ? Other(node) : node;
        for (var other = 0; other < Cluster.Size; other++)
        {
            if (other != node && other != skipped)
            {
                await network.CutAsync(hears ? node : other, hears ? other : node);
            }
        }

        await RestAsync(1500, 4500);
        await HealAsync();
        return $"{who} {(hears ? "not heard by" : "does not hear")} {(isOne ? "one" : "both")}";
    }

    private async Task<string> SlowAsync(int node, string who)
    {
        var isLossy = random.Next(3) == 0;
        if (isLossy)
        {
            await network.LoseAsync(node, random.Next(10, 45));
        }
        else
        {
            _slowed.Add(node);
            await network.SlowAsync(node, random.Next(100, 2000));
        }

        await RestAsync(2000, 5000);
        await HealAsync();
        return who + (isLossy ? " losing packets" : " on a slow line");
    }

    private async Task HealAsync()
    {
        for (var node = 0; node < Cluster.Size; node++)
        {
            await network.HealAsync(node, _slowed.Remove(node));
        }
    }

    private async Task<(int Node, ulong Term)> FindLeaderAsync()
    {
        (int Node, ulong Term)? leader = null;
        await cluster.EventuallyAsync(
            "a leader", async () => (leader = await cluster.LeaderAsync()) is not null);
        return leader!.Value;
    }

    private int Other(int node) => (node + 1 + random.Next(Cluster.Size - 1)) % Cluster.Size;

    // Whoever is interrupted undoes what has begun all the same.
    private async Task RestAsync(int millisecondsMin, int millisecondsMax) =>
        await Task.Delay(
            TimeSpan.FromMilliseconds(random.Next(millisecondsMin, millisecondsMax) * pace), interrupt)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
