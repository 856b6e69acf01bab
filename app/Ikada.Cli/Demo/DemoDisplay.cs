using System.Globalization;
using Ikada.Cli.Processes;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Ikada.Cli.Demo;

/// <summary>Shows how the demonstration goes: as lines, or as a table that changes in place.</summary>
internal sealed class DemoDisplay(LocalCluster cluster, Ledger ledger, StateProbe probe, bool plain)
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);
    private const int ShownLines = 12;
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];

    public void Say(string line)
    {
        if (plain)
        {
            Console.Out.WriteLine(line);
            return;
        }

        lock (_lock)
        {
            _lines.Add(line);
        }
    }

    /// <summary>Runs the work and shows it until it ends.</summary>
    public async Task<bool> ShowAsync(Func<Task<bool>> work)
    {
        if (plain)
        {
            return await work();
        }

        var running = work();
        await AnsiConsole.Live(Picture([])).StartAsync(async live =>
        {
            while (!running.IsCompleted)
            {
                live.UpdateTarget(Picture(await probe.AskAllAsync(cluster.Members, CancellationToken.None)));
                await Task.WhenAny(running, Task.Delay(Refresh));
            }

            live.UpdateTarget(Picture(await probe.AskAllAsync(cluster.Members, CancellationToken.None)));
        });
        return await running;
    }

    private Rows Picture(NodeState?[] states)
    {
        var table = new Table().AddColumns("node", "role", "term", "commit", "applied", "leader", "pid");
        for (var i = 0; i < cluster.Members.Count; i++)
        {
            var (member, state) = (cluster.Members[i], i < states.Length ? states[i] : null);
            var leader = state is null ? "" : NameOf(state.Leader, states);
            table.AddRow(
                member.Name,
                state?.Role ?? (member.IsRunning ? "starting" : "dead"),
                Text(state?.Term),
                Text(state?.CommitIndex),
                Text(state?.AppliedIndex),
                leader,
                member.ProcessId?.ToString(CultureInfo.InvariantCulture) ?? "");
        }

        var parts = new List<IRenderable> { table };
        parts.Add(new Text(
            $"acknowledged {ledger.AcknowledgedCount}, refused {ledger.Refused}, unknown "
            + $"{ledger.UnknownCount}"));
        lock (_lock)
        {
            parts.AddRange(_lines.TakeLast(ShownLines).Select(line => new Text(line)));
        }

        return new Rows(parts);
    }

    private string NameOf(string id, NodeState?[] states)
    {
        for (var i = 0; i < states.Length; i++)
        {
            if (states[i]?.Member == id)
            {
                return cluster.Members[i].Name;
            }
        }

        return "";
    }

    private static string Text(ulong? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
}
