using Ikada.Primitives;
using Ikada.Sessions;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Kit;
using Ikada.StateMachine;

namespace Ikada.Simulation;

/// <summary>
/// Tests a state machine in simulated clusters: production code on networks, disks and clocks that fail as
/// the seed has it, in virtual time. docs/simulation/your-own-state-machine.md shows how.
/// </summary>
public static class SimulatedCluster
{
    /// <summary>Starts a description of a cluster of the machines that <paramref name="machine"/> makes: each
    /// call a new one, empty, in memory.</summary>
    public static SimulatedCluster<TMachine> Of<TMachine>(Func<TMachine> machine)
        where TMachine : class, IStateMachine
    {
        ArgumentNullException.ThrowIfNull(machine);
        return new SimulatedCluster<TMachine>(new ClusterPlan(machine));
    }
}

/// <summary>
/// A simulated cluster, described: every call returns a new description and leaves this one as it was. What
/// is given as a lambda is called from several threads, one run of a seed on each, and must take everything
/// that it needs from its arguments.
/// </summary>
/// <typeparam name="TMachine">The state machine under test.</typeparam>
public sealed class SimulatedCluster<TMachine>
    where TMachine : class, IStateMachine
{
    private const int ClientsMax = 100;
    private readonly ClusterPlan _plan;

    internal SimulatedCluster(ClusterPlan plan) => _plan = plan;

    /// <summary>What is asked for.</summary>
    internal ClusterPlan Plan => _plan;

    /// <summary>Lets clients send commands, each one at a time: waits for the result or gives up, thinks and
    /// goes on.</summary>
    /// <param name="clients">How many: 1 to 100.</param>
    /// <param name="command">Draws a command: at most 16 KiB.</param>
    public SimulatedCluster<TMachine> WithClients(int clients, Func<RandomSource, byte[]> command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return new(_plan with { Clients = InRange(clients, 1, ClientsMax), Command = command });
    }

    /// <summary>Lets the clients ask queries, too. They are linearizable: an answer must be what a sequential
    /// copy of the machine, or the model, answers at that point of the history, and not older than anything
    /// that a client was told before it asked.</summary>
    /// <param name="query">Draws a query: at most 16 KiB.</param>
    /// <param name="percent">How many of a hundred operations are queries: 1 to 99.</param>
    public SimulatedCluster<TMachine> WithQueries(Func<RandomSource, byte[]> query, int percent = 50)
    {
        ArgumentNullException.ThrowIfNull(query);
        return new(_plan with { Query = query, QueryPercent = InRange(percent, 1, 99) });
    }

    /// <summary>Lets each client open an exactly-once session (<see cref="Ikada.Sessions"/>) and send its
    /// commands in it: again when it was not answered, to another node, to two nodes at once, and also long
    /// after. Every command must then be applied once at most, and once if it was acknowledged; every copy is
    /// answered with the first result; and a session that has expired is told to be. A client whose session
    /// has expired opens another.</summary>
    /// <param name="bounds">The bounds of the table of sessions. Default: each seed draws some, small in most
    /// seeds, so that sessions expire.</param>
    /// <exception cref="ArgumentException">A bound is out of its range; the message names it.</exception>
    public SimulatedCluster<TMachine> WithSessions(SessionOptions? bounds = null) =>
        bounds?.Validate() is { } wrong
            ? throw new ArgumentException(wrong, nameof(bounds))
            : new(_plan with { Sessions = new SessionPlan(bounds) });

    /// <summary>Demands something of every state: after every batch, every restored snapshot and, in a
    /// sequential copy, every command.</summary>
    /// <param name="name">What holds, for the message.</param>
    /// <param name="holds">Whether it does; must not change the machine.</param>
    public SimulatedCluster<TMachine> WithInvariant(string name, Func<TMachine, bool> holds)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(holds);
        return new(_plan with
        {
            Invariants = [.. _plan.Invariants, new StateInvariant(name, machine => holds((TMachine)machine))],
        });
    }

    /// <summary>Judges results and answers by a model instead of by a sequential copy of the machine
    /// alone.</summary>
    /// <param name="model">Makes a model of the empty state: each call a new one.</param>
    public SimulatedCluster<TMachine> WithModel(Func<ISequentialModel> model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new(_plan with { Model = model });
    }

    /// <summary>Shows commands and queries in words instead of in hexadecimal digits.</summary>
    public SimulatedCluster<TMachine> WithText(Func<byte[], string> text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new(_plan with { Text = text });
    }

    /// <summary>How many nodes the cluster starts with: 1 to 9. Default 5. Membership changes bring
    /// more.</summary>
    public SimulatedCluster<TMachine> WithNodes(int nodes) =>
        new(_plan with { Nodes = InRange(nodes, 1, SimulationOptions.NodesMax) });

    /// <summary>How long faults strike in each run, in virtual seconds: 1 to 86400. Default 20. Then
    /// everything heals, and the cluster must serve and converge.</summary>
    public SimulatedCluster<TMachine> WithSeconds(int seconds) =>
        new(_plan with { Seconds = InRange(seconds, 1, 86_400) });

    /// <summary>Which faults may strike: <c>all</c> (the default; each seed draws which of them are on),
    /// <c>none</c>, or a comma list of names, which are on in every run.</summary>
    /// <exception cref="ArgumentException">A name is not that of a fault; the message lists them.</exception>
    public SimulatedCluster<TMachine> WithFaults(string faults)
    {
        ArgumentNullException.ThrowIfNull(faults);
        return FaultSet.TryParse(faults, out var set, out var error)
            ? new(_plan with { Faults = set })
            : throw new ArgumentException(error, nameof(faults));
    }

    /// <summary>How many seeds run at a time: 1 to 1024. Default: one a core.</summary>
    public SimulatedCluster<TMachine> WithJobs(int jobs) => new(_plan with { Jobs = InRange(jobs, 1, 1024) });

    /// <summary>Takes every event of a run as a line, where a single seed is run: pass the <c>WriteLine</c>
    /// of a text writer or of a test's output.</summary>
    public SimulatedCluster<TMachine> WithEvents(Action<string> line)
    {
        ArgumentNullException.ThrowIfNull(line);
        return new(_plan with { Output = line });
    }

    /// <summary>Lets a token end the runs: <see cref="Run"/> and <see cref="Replay"/> then throw
    /// <see cref="OperationCanceledException"/>.</summary>
    public SimulatedCluster<TMachine> WithCancellation(CancellationToken cancellation) =>
        new(_plan with { Cancellation = cancellation });

    /// <summary>Runs seeds, each twice. Ends early when one has a violation, after those below it.</summary>
    /// <param name="seeds">How many: at least 1.</param>
    /// <param name="firstSeed">The first; the others follow it.</param>
    /// <exception cref="InvalidOperationException">There are no clients.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ClusterReport Run(int seeds = 20, ulong firstSeed = 1)
    {
        if (_plan.Command is null)
        {
            throw new InvalidOperationException(
                "The simulated cluster has no clients: call WithClients before Run or Replay.");
        }

        return new SeedChecks(_plan).Run(InRange(seeds, 1, int.MaxValue), firstSeed);
    }

    /// <summary>Runs one seed again, twice; the events of the first go to <see cref="WithEvents"/>.</summary>
    /// <param name="seed">Which, as a violation named it.</param>
    /// <exception cref="InvalidOperationException">There are no clients.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ClusterReport Replay(ulong seed) => Run(1, seed);

    private static int InRange(
        int value, int least, int most,
        [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(value))] string? name = null) =>
        value >= least && value <= most ? value : throw new ArgumentOutOfRangeException(
            name, $"{name} is {value}; it must be "
            + (most == int.MaxValue ? $"at least {least}" : $"from {least} to {most}"));
}
