using System.Diagnostics;
using System.Globalization;
using Ikada.Cli.Client;
using Ikada.Cli.Processes;

namespace Ikada.Cli.Demo;

/// <summary>
/// The main job on one machine: three servers, writes through them, the leader killed, a new one, the dead
/// one back, and then every acknowledged write looked for on every node.
/// </summary>
internal sealed class DemoRun : IDisposable
{
    private const string Prefix = "demo/";
    private const int WritersCount = 6;
    private const int FirstWrites = 50;
    private static readonly TimeSpan StepTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    private readonly LocalCluster _cluster;
    private readonly Ledger _ledger;
    private readonly DemoDisplay _display;
    private readonly TimeSpan _writing;
    private readonly StateProbe _probe;
    private readonly List<EtcdConnection> _servers;

    public DemoRun(
        LocalCluster cluster, Ledger ledger, DemoDisplay display, StateProbe probe, TimeSpan writing)
    {
        (_cluster, _ledger, _display, _probe, _writing) = (cluster, ledger, display, probe, writing);
        _servers = Endpoint.ParseList(cluster.Endpoints, "demo").Select(e => new EtcdConnection(e)).ToList();
    }

    /// <summary>The closing lines: what was acknowledged and lost, the hashes, the gap.</summary>
    public List<string> Summary { get; } = [];

    public async Task<bool> RunAsync(CancellationToken cancellation)
    {
        _display.Say($"starting three servers in {_cluster.Directory}");
        _cluster.StartAll();
        var leader = await NewLeaderAsync(except: null, cancellation);
        _display.Say($"{leader.Name} leads (pid {leader.ProcessId})");

        await using (var writers = new Writers(_servers, _ledger, Prefix, WritersCount))
        {
            writers.Start();
            await Task.Delay(_writing, cancellation);
            await UntilAsync(
                "the first writes",
                () => Task.FromResult(_ledger.AcknowledgedCount >= FirstWrites), cancellation);
            _display.Say($"{_ledger.AcknowledgedCount} writes acknowledged");
            await KillAndRestartAsync(leader, cancellation);
            await writers.StopAsync();
        }

        var (hashesAgree, hashLine) = await CompareHashesAsync(cancellation);
        var lost = await LostAsync(cancellation);
        Summary.Add(
            $"acknowledged {_ledger.AcknowledgedCount}, lost {lost}, unknown {_ledger.UnknownCount}");
        Summary.Add(hashLine);
        Summary.Add(string.Create(
            CultureInfo.InvariantCulture, $"write gap {_ledger.LongestGap.TotalMilliseconds:0} ms"));
        return lost == 0 && hashesAgree;
    }

    public void Dispose()
    {
        foreach (var server in _servers)
        {
            server.Dispose();
        }
    }

    private async Task KillAndRestartAsync(LocalMember leader, CancellationToken cancellation)
    {
        _ledger.WatchGap();
        var killed = Stopwatch.GetTimestamp();
        _display.Say($"killing {leader.Name} (pid {leader.ProcessId}) with SIGKILL");
        leader.Kill();
        var successor = await NewLeaderAsync(except: leader, cancellation);
        var elected = Stopwatch.GetElapsedTime(killed);
        _display.Say(string.Create(
            CultureInfo.InvariantCulture, $"{successor.Name} leads after {elected.TotalMilliseconds:0} ms"));

        // Writes must go on before the dead node is back: two of three are enough.
        var before = _ledger.AcknowledgedCount;
        await UntilAsync(
            "writes going on without the killed node",
            () => Task.FromResult(_ledger.AcknowledgedCount > before), cancellation);
        await Task.Delay(_writing, cancellation);
        _display.Say(string.Create(
            CultureInfo.InvariantCulture,
                $"no write was acknowledged for {_ledger.LongestGap.TotalMilliseconds:0} ms"));

        _cluster.Start(leader);
        _display.Say($"{leader.Name} starts again (pid {leader.ProcessId}); writes go on");
        var goal = (await _probe.AskAsync(successor, cancellation))?.CommitIndex ?? 0;
        NodeState? caughtUp = null;
        await UntilAsync(
            $"{leader.Name} catching up to index {goal}",
            async () =>
            {
                caughtUp = await _probe.AskAsync(leader, cancellation);
                return caughtUp?.AppliedIndex >= goal && goal > 0;
            },
            cancellation);
        _display.Say($"{leader.Name} has caught up: applied {caughtUp!.AppliedIndex}");
    }

    private async Task<LocalMember> NewLeaderAsync(LocalMember? except, CancellationToken cancellation)
    {
        LocalMember? leader = null;
        await UntilAsync(
            "a leader",
            async () =>
            {
                var states = await _probe.AskAllAsync(_cluster.Members, cancellation);
                var at = Array.FindIndex(states, state => state is { IsLeader: true });
                leader = at < 0 || _cluster.Members[at] == except ? null : _cluster.Members[at];
                return leader is not null;
            },
            cancellation);
        return leader!;
    }

    private async Task<(bool Agree, string Line)> CompareHashesAsync(CancellationToken cancellation)
    {
        NodeState?[] states = [];
        await UntilAsync(
            "all nodes at one applied index",
            async () =>
            {
                states = await _probe.AskAllAsync(_cluster.Members, cancellation);
                return states.All(state => state is not null && state.AppliedIndex == states[0]!.AppliedIndex
                    && state.AppliedIndex >= state.CommitIndex);
            },
            cancellation);
        var (index, hashes) = (states[0]!.AppliedIndex, states.Select(state => state!.StateHash).ToList());
        return hashes.All(hash => hash == hashes[0])
            ? (true, $"state hashes equal at index {index}: {hashes[0]}")
            : (false, $"state hashes DIFFER at index {index}: {string.Join(", ", hashes)}");
    }

    private async Task<int> LostAsync(CancellationToken cancellation)
    {
        var lost = 0;
        foreach (var serializable in (bool[])[true, false])
        {
            // From every node what it holds itself; and once through the majority.
            foreach (var server in serializable ? _servers : _servers[..1])
            {
                var found = await ReadBack.AllAsync(server, Prefix, serializable, cancellation);
                var wrong = _ledger.Contradictions(found);
                lost = Math.Max(lost, wrong.Count);
                var kind = serializable ? "serializable" : "linearizable";
                _display.Say(
                    $"read {found.Count} keys from {server.Endpoint.Text} ({kind}): {wrong.Count} wrong");
                foreach (var line in wrong.Take(5))
                {
                    _display.Say("  " + line);
                }
            }
        }

        return lost;
    }

    private async Task UntilAsync(string what, Func<Task<bool>> holds, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(started) > StepTimeout)
            {
                throw new CliException($"waited {StepTimeout.TotalSeconds} s for {what}, in vain");
            }

            foreach (var member in _cluster.Members)
            {
                if (member.ExitCode is { } code && code != 137)
                {
                    throw new CliException(
                        $"{member.Name} ended with exit code {code} while waiting for "
                        + $"{what}:\n{member.LogTail()}");
                }
            }

            await Task.Delay(PollInterval, cancellation);
        }
    }
}
