using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Clients;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Network;
using Ikada.Simulation.Nodes;
using Ikada.Simulation.Operators;
using Ikada.Simulation.Time;
using Ikada.Simulation.Trace;
using Ikada.Simulation.Workloads;

namespace Ikada.Simulation;

/// <summary>
/// A world of one seed: a cluster that runs the production code, its network, disks and clocks, its
/// clients and what
/// befalls them, in virtual time on one thread. First the safety phase, with faults; then everything
/// heals and the
/// cluster must elect, serve and converge.
/// </summary>
internal sealed class World
{
    private const int LookEvery = 1024;
    private readonly LivenessPhase _liveness;
    private long _lookAtSleepersAt;

    public World(SimulationOptions options)
        : this(options, random => DrawnWorkload.Of(options, random))
    {
    }

    /// <summary>A world whose workload is drawn from the seed by <paramref name="draw"/>.</summary>
    public World(SimulationOptions options, Func<RandomSource, Workload> draw)
    {
        Options = options;
        var random = new RandomSource(options.Seed);
        Trace = options.Trace is null ? null : new CoreTrace(options.Trace);
        Log = new EventLog(options);
        Rest = RestTimes.Of(options);
        Plan = new FaultPlan(options.Faults, random.Split());
        Workload = draw(random);
        Workload.Counts = Counts;
        Membership = DrawnOptions.MembershipOf(options.Nodes);
        var spares = 1 + random.NextBelow(3);
        NodeCount = options.Nodes
            + (Plan.Active.Contains(FaultKind.Membership) ? spares : 0);
        var starts = new Membership[NodeCount];
        for (var node = 0; node < NodeCount; node++)
        {
            starts[node] = StartOf(node);
        }

        Checks = new Checks(starts, Workload, Group);
        ConsensusOptions = DrawnOptions.Consensus(random.Split(), Plan);
        ConsensusOptions = ConsensusOptions with { QuiesceAfter = Rest?.QuiesceAfter ?? TimeSpan.Zero };
        Sleep = Rest is null ? null : new SleepWatch(NodeCount, ConsensusOptions);

        ReplicaOptions = DrawnOptions.Replica(random.Split(), Plan);
        Checks.Snapshots.Flow = new SnapshotFlow(
            NodeCount, (long)ReplicaOptions.SnapshotPieceBytes * ReplicaOptions.SnapshotPiecesInFlight);
        Checks.Contact = new QuorumContact(
            NodeCount, ConsensusOptions.ElectionTimeout, ConsensusOptions.HeartbeatInterval);
        Network = new SimulatedNetwork(this, random.Split());
        Nodes = new SimulatedNode[NodeCount];
        for (var node = 0; node < NodeCount; node++)
        {
            Nodes[node] = new SimulatedNode(this, node, random.Split());
        }

        Schedule = new FaultSchedule(this, Plan, random.Split());
        Clients = new ClientSwarm(this, random.Split());
        Operators = new OperatorTeam(this, random.Split());
        // What came later draws from here, so that the draws above stay what they were.
        Network.Fates.Further = random.Split();
        Schedule.Further = new FurtherFaults(this, random.Split());
        Greetings = new PeerGreetings(this, random.Split());
        Clients.Troubles = new ClientTroubles(this, random.Split());
        _liveness = new LivenessPhase(this, random.Split());
        for (var node = 0; node < NodeCount; node++)
        {
            Queue.Add(
                random.Between(0, 50 * Draw.Millisecond), new SimEvent
                {
                    Kind = SimEventKind.NodeStarts,
                    Node = (short)node
                });
        }

        Workload.Begin(this);
        Schedule.Begin();
        Queue.Add(options.Seconds * Draw.Second, new SimEvent { Kind = SimEventKind.Heals });
    }

    public static GroupId Group => new(1);

    public static ClusterId Cluster => new(0xC1);

    public SimulationOptions Options { get; }

    /// <summary>How many nodes there are: those the group starts with, and spare ones that know
    /// nothing.</summary>
    public int NodeCount { get; }

    /// <summary>The world's time in 100 ns since its beginning. No node knows it.</summary>
    public long Now { get; private set; }

    public EventQueue Queue { get; } = new();

    public EventLog Log { get; }

    public RunCounts Counts { get; } = new();

    public FaultPlan Plan { get; }

    public Checks Checks { get; }

    public Membership Membership { get; }

    /// <summary>What a node with an empty directory takes for the membership.</summary>
    public Membership StartOf(int node) => node < Options.Nodes ? Membership : Membership.Empty;

    public ConsensusOptions ConsensusOptions { get; }

    public ReplicaOptions ReplicaOptions { get; }

    /// <summary>When clients rest and the group may sleep; null: never.</summary>
    public RestTimes? Rest { get; }

    /// <summary>What looks at who sleeps; null: nobody does.</summary>
    public SleepWatch? Sleep { get; }

    public SimulatedNetwork Network { get; }

    /// <summary>The first words on each connection.</summary>
    public PeerGreetings Greetings { get; }

    public SimulatedNode[] Nodes { get; }

    public FaultSchedule Schedule { get; }

    /// <summary>What the nodes replicate and the clients ask.</summary>
    public Workload Workload { get; }

    public ClientSwarm Clients { get; }

    /// <summary>The wishes for changes and transfers.</summary>
    public Wishes Wishes { get; } = new();

    public OperatorTeam Operators { get; }

    /// <summary>Writes what the consensus modules do; null: nobody asked.</summary>
    public CoreTrace? Trace { get; }

    /// <summary>Those that heal first.</summary>
    public CorePhase Core => _liveness.Core;

    /// <summary>How large it is.</summary>
    public RunSize Size => new(NodeCount, Clients.Count, Workload.Keys);

    /// <summary>Runs to the end, or to the first violation, which it throws.</summary>
    public void Run() => RunUnless(CancellationToken.None);

    /// <summary>The same; false if it was <paramref name="cancelled"/> or became longer than it
    /// may.</summary>
    public bool RunUnless(CancellationToken cancelled)
    {
        while (Step())
        {
            if (Counts.Events % LookEvery == 0
                && (cancelled.IsCancellationRequested || Counts.Events > Options.EventsMax))
            {
                return false;
            }
        }

        Counts.Commits = (long)Checks.Committed;
        for (var node = 0; node < NodeCount; node++)
        {
            Counts.Storage.Rewritten += Checks.ImageOf(node).Rewritten;
        }

        Counts.Storage.Resumed = Checks.Snapshots.Flow!.Resumed;
        Counts.Storage.PieceBytes = Checks.Snapshots.Flow.Bytes;
        return true;
    }

    // What can be said only of a whole run.
    private void CheckEnd()
    {
        Workload.Ended();
        Workload.Operations.CheckAnswered(node => Nodes[node].IsUp ? Nodes[node].Start : -1);
        if (Plan.Active == FaultSet.None && Options.Asking == TimeWindow.Always && Rest is null)
        {
            Progress.Ended(Options.Seconds, Counts.Acknowledged + Counts.Reads);
        }
    }

    /// <summary>Lets the next event happen. False: the run has reached its end.</summary>
    public bool Step()
    {
        if (_liveness.IsOver || !Queue.TryTake(out var time, out var next))
        {
            CheckEnd();
            return false;
        }

        Now = time;
        Counts.Events++;
        Happen(next);
        LookAtSleepers();
        return true;
    }

    private void LookAtSleepers()
    {
        if (Sleep is null || Now < _lookAtSleepersAt)
        {
            return;
        }

        _lookAtSleepersAt = Now + (50 * Draw.Millisecond);
        foreach (var node in Nodes)
        {
            if (node is { IsPaused: false, Clock.IsStill: false, Process.Replica: { } replica }
                && replica.IsAsleep)
            {
                Sleep.Sleeps(node.Index, replica.Status, replica.Membership, node.Clock, Now);
            }
        }
    }

    /// <summary>Runs up to a moment.</summary>
    public void RunUntil(long moment)
    {
        while (Queue.Count > 0 && Queue.NextTime <= moment && Step())
        {
            // There is more.
        }
    }

    private void Happen(in SimEvent next)
    {
        switch (next.Kind)
        {
            case SimEventKind.FrameArrives:
                if (Network.Receive(next) is { } frame)
                {
                    Nodes[next.Node].Deliver(new NodeInput(NodeInputKind.Frame, next.Peer, frame));
                }

                break;
            case SimEventKind.TimerFires or SimEventKind.NodeWakes or SimEventKind.DiskFinishes
                or SimEventKind.DiskReports or SimEventKind.ApplyFinishes or SimEventKind.SnapshotFinishes
                or SimEventKind.LeaseReadExecutes or SimEventKind.TransportTells:
                HappenIn(Nodes[next.Node], next);
                break;
            case SimEventKind.ConnectionOpens or SimEventKind.ConnectionCloses:
                Tell(next);
                break;
            case SimEventKind.Connects or SimEventKind.LinkBreaks or SimEventKind.FrameDeparts:
                HappenBetween(next);
                break;
            case SimEventKind.ClientWakes or SimEventKind.ClientAsksMore or SimEventKind.ClientTimesOut:
                Clients.Happen(next);
                break;
            case SimEventKind.WorkloadActs:
                ((Action)next.Payload!)();
                break;
            case SimEventKind.NodeCrashes:
                Schedule.CrashNow(Nodes[next.Node], next.Epoch, next.Number == 1);
                break;
            case SimEventKind.NodeStarts:
                Core.Start(next.Node);
                break;
            case SimEventKind.FaultBegins:
                Schedule.Strike((FaultKind)next.Number);
                break;
            case SimEventKind.FaultEnds:
                Schedule.End((FaultKind)next.Number, next.Node);
                break;
            case SimEventKind.PartitionFlaps:
                Schedule.Flap();
                break;
            case SimEventKind.OperatorLooks:
                Operators.Look();
                break;
            case SimEventKind.Heals:
                _liveness.Begin();
                break;
            case SimEventKind.LivenessLooks:
                _liveness.Look();
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"event of kind {next.Kind}");
        }
    }

    private void HappenBetween(in SimEvent next)
    {
        switch (next.Kind)
        {
            case SimEventKind.Connects:
                Network.TryConnect(next.Node, next.Peer);
                break;
            case SimEventKind.LinkBreaks:
                Network.Break(Network.Between(next.Node, next.Peer), next.Epoch);
                break;
            default:
                Network.Queues.Departs(Network.Between(next.Node, next.Peer), next.Epoch);
                break;
        }
    }

    private void HappenIn(SimulatedNode node, in SimEvent next)
    {
        if (node.Epoch != next.Epoch)
        {
            return; // meant for an earlier life
        }

        switch (next.Kind)
        {
            case SimEventKind.TimerFires:
                node.TimerFires();
                break;
            case SimEventKind.NodeWakes:
                node.Wake();
                break;
            case SimEventKind.DiskFinishes:
                node.Machine.DiskFinishes();
                break;
            case SimEventKind.DiskReports:
                node.Deliver(new NodeInput(NodeInputKind.DiskDone, -1, next.Payload));
                break;
            case SimEventKind.TransportTells:
                node.Deliver((NodeInput)next.Payload!);
                break;
            case SimEventKind.SnapshotFinishes:
                node.Machine.SnapshotFinishes();
                break;
            case SimEventKind.LeaseReadExecutes:
                ReadUnderLease(node, next);
                break;
            default:
                node.Machine.ApplyFinishes();
                break;
        }
    }

    private void ReadUnderLease(SimulatedNode node, in SimEvent next)
    {
        if (node.IsPaused)
        {
            Queue.Add(Now + (10 * Draw.Millisecond), next); // it stands still with its node
            return;
        }

        Clients.ReadUnderLease((ClientOp)next.Payload!, node, new Instant(next.Number));
    }

    private void Tell(in SimEvent next)
    {
        var node = Nodes[next.Node];
        if (!node.IsUp)
        {
            return;
        }

        var opens = next.Kind == SimEventKind.ConnectionOpens;
        Log.Add(Now, opens ? TraceKind.LinkOpened : TraceKind.LinkClosed, next.Node, next.Peer);
        node.Deliver(new NodeInput(opens ? NodeInputKind.Opened : NodeInputKind.Closed, next.Peer, null));
    }
}
