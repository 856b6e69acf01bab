using System.Buffers;
using Ikada.KeyValue;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Checkers.Store;
using Ikada.Simulation.Clients;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Nodes;
using Ikada.Simulation.Time;
using Ikada.Simulation.Trace;
using Ikada.StateMachine;

namespace Ikada.Simulation.Workloads.Store;

/// <summary>The key-value store with all that a server does with it: transactions, reads of old revisions,
/// compactions, leases that run out, and watchers.</summary>
internal sealed class StoreWorkload : Workload
{
    public const string ConvergedProperty = "I24 after healing every store is that of the history";
    private readonly RandomSource _random;
    private readonly StoreDraw _draw;
    private readonly List<WatchClient> _watchers = [];
    private readonly ArrayBufferWriter<byte> _answer = new();
    private readonly StoreConvergence _convergence;
    private StoreService?[] _services = [];
    private LeaseTimes? _times;
    private World? _world;
    private ReadRequest? _stale;

    public StoreWorkload(RandomSource random, int? keys)
    {
        _random = random;
        var drawn = 3 + random.NextBelow(14);
        Model = new StoreModel(keys ?? drawn);
        Answers = new StoreAnswers(Model);
        _convergence = new StoreConvergence(Model, Answers);
        Drawn = new StoreDrawn(random.Split());
        _draw = new StoreDraw(Model.Keys, random.Split());
    }

    public StoreModel Model { get; }

    public StoreAnswers Answers { get; }

    public StoreDrawn Drawn { get; }

    /// <summary>Looks when leases end.</summary>
    public LeaseTimes Times => _times!;

    public override int Keys => Model.Keys;

    // A lease granted just before the healing runs out by itself, under one leader more.
    public override long RestTime => 12 * Draw.Second;

    public override void Begin(World world)
    {
        _world = world;
        _services = new StoreService?[world.NodeCount];
        _times = new LeaseTimes(world.NodeCount, node => world.Nodes[node].Clock.Read(world.Now))
        {
            Counts = Counts,
        };
        Model.Witness = _times;
        for (var i = 1 + _random.NextBelow(4); i > 0; i--)
        {
            _watchers.Add(new WatchClient(world, this, i, _random.Split()));
        }
    }

    public override IStateMachine MakeMachine(int node)
    {
        var service = _services[node] = new StoreService(_world!, this, node, _random.Split());
        return new NumberedMachine(service.Store);
    }

    /// <summary>What a node's process has beside its replica; null: it has never run.</summary>
    public StoreService? ServiceOf(int node) => _services[node];

    public override ClientOp Next(long id, int client, int node, RandomSource random) =>
        Op(id, client, node, _draw.Next(id, Answers.ToldRevision, random));

    public override byte[] Encode(ClientOp op) => op.IsQuery ? ((StoreOp)op).Asked.Encode()
        : NumberedMachine.Numbered(((StoreOp)op).Asked.Encode(), op.Id);

    public override long WriteApplied(ClientOp op, in WriteOutcome outcome, bool isWaiting)
    {
        if (((StoreOp)op).Asked is TransactionRequest)
        {
            Counts.Reached(Mark.TransactionApplied);
        }

        var index = outcome.Position.Index.Value;
        Answers.WriteApplied((StoreOp)op, index, outcome.Result.Span, isWaiting);
        return (long)index;
    }

    public override long ReadAnswered(ClientOp op, LogIndex applied, ReadOnlySpan<byte> answer)
    {
        var read = (ReadRequest)((StoreOp)op).Asked;
        var (revision, compacted) = Model.At(applied.Value);
        if (StoreModel.Check(read, revision, compacted) == KeyValueError.Compacted)
        {
            Counts.Reached(Mark.CompactedReadRefused);
        }

        Answers.ReadAnswered((StoreOp)op, applied.Value, answer);
        return (long)applied.Value;
    }

    public override ClientOp? Again(ClientOp op, long id, int node) =>
        Op(id, op.Client, node, ((StoreOp)op).Asked);

    public override byte[] StaleQuery(RandomSource random)
    {
        _stale = _draw.Read(Answers.ToldRevision, random);
        return _stale.Encode();
    }

    public override void StaleAnswered(
        int node, int start, LogIndex applied, byte[] query, ReadOnlySpan<byte> answer) =>
        Answers.StaleAnswered(node, start, _stale!, applied.Value, answer);

    /// <summary>All leases have run out, all that was compacted is removed, all watchers are told.</summary>
    public override string? Missing()
    {
        if (Model.Leases.Count > 0)
        {
            return $"lease {Model.Leases.First().Key} has not ended";
        }

        foreach (var service in _services)
        {
            if (service is { IsGone: false, Waits: true })
            {
                return $"n{service.Node.Index + 1} waits for what it proposed about leases and compactions";
            }

            if (service is { IsGone: false, Store.View.IsRemovingCompacted: true }
                && service.Node.Status.Leader == service.Node.Id)
            {
                return $"n{service.Node.Index + 1} has not removed what was compacted";
            }
        }

        return _watchers.Select(watcher => watcher.Missing()).FirstOrDefault(missing => missing is not null);
    }

    public override void Converged(int node, IStateMachine machine) =>
        _convergence.Look(node, _services[node]!.Store.View);

    /// <summary>Has the member that leads propose something.</summary>
    public StoreOp Propose(StoreRequest request, SimulatedNode node)
    {
        var op = Op(Operations.Count, 0, node.Index, request);
        op.Start = _world!.Now;
        Operations.Add(op);
        _world.Log.Add(
            _world.Now, TraceKind.ClientInvoked, node.Index, -1, op.Client, op.Id, (long)op.Kind, op.Detail);
        node.Deliver(new NodeInput(NodeInputKind.Asked, -1, op));
        return op;
    }

    /// <summary>Does something after a while.</summary>
    public void Later(long delay, Action act) => _world!.Queue.Add(
        _world.Now + delay + 1, new SimEvent { Kind = SimEventKind.WorkloadActs, Payload = act });

    protected override void Execute(in CommittedCommand command, ClientOp op) =>
        Answers.Execute((StoreOp)op, command.Index.Value);

    private StoreOp Op(long id, int client, int node, StoreRequest request) => new()
    {
        Id = id,
        Client = client,
        Kind = request is ReadRequest ? ClientOpKind.Query : ClientOpKind.Command,
        Asked = request,
        FloorIndex = Answers.ToldIndex,
        Node = node,
    };
}
