using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Clients;
using Ikada.Simulation.Workloads;
using Ikada.StateMachine;

namespace Ikada.Simulation.Kit;

/// <summary>
/// A user's state machine as a workload: clients ask what the user draws; results and answers must be those
/// of a sequential copy, and come in an order that what clients are told allows.
/// </summary>
/// <param name="plan">What the user asked for.</param>
/// <param name="oneByOne">Whether machines get one command at a time, or batches as a node hands them
/// out.</param>
internal sealed class MachineWorkload(ClusterPlan plan, bool oneByOne) : Workload
{
    /// <summary>The longest request, in bytes. Simulated nodes have small logs and buffers, so that their
    /// bounds are met.</summary>
    public const int CommandBytesMax = 16 << 10;

    private readonly MachineFactory _factory = new(plan);
    private readonly Dictionary<ulong, MachineOp> _executed = [];
    private readonly Dictionary<ulong, List<ulong>> _taken = [];
    private References? _references;
    private ulong _told;

    public override int? Clients => plan.Clients;

    /// <summary>Whether machines get one command at a time.</summary>
    public bool OneByOne => oneByOne;

    /// <summary>The copies that nothing ever happens to. Made when the world runs, so that what goes wrong
    /// there is a finding.</summary>
    public References References => _references ??= new References(plan, _factory);

    public override IStateMachine MakeMachine(int node)
    {
        _ = References;
        return new ComparedMachine(plan, node, _factory.Make(), this);
    }

    public override ClientOp Next(long id, int client, int node, RandomSource random)
    {
        var isQuery = plan.Query is not null && random.NextBelow(100) < plan.QueryPercent;
        var body = isQuery
            ? Draw($"query of op {id}", plan.Query!, random)
            : Draw($"command of op {id}", plan.Command!, random);
        return new MachineOp
        {
            Id = id,
            Client = client,
            Kind = isQuery ? ClientOpKind.Query : ClientOpKind.Command,
            Body = body,
            FloorIndex = _told,
            Node = node,
        };
    }

    public override byte[] Encode(ClientOp op) => op.IsQuery
        ? ((MachineOp)op).Body : MachineCommand.Encode(op.Id, ((MachineOp)op).Body);

    public override void Stands(ulong index) => References.Stands(index);

    public override long WriteApplied(ClientOp op, in WriteOutcome outcome, bool isWaiting)
    {
        var command = (MachineOp)op;
        var index = outcome.Position.Index.Value;
        if (!op.IsExecuted || command.Index != index)
        {
            throw new PropertyViolatedException(
                Operations.AckedProperty,
                $"c{op.Client} is told that {op} was applied at index {index}; in the history it is "
                + (op.IsExecuted ? $"at {command.Index}" : "not"));
        }

        if (!outcome.Result.Span.SequenceEqual(command.Result.Span))
        {
            throw new PropertyViolatedException(
                KitProperties.Linearizable,
                $"c{op.Client} is told the result {ReferenceCopy.Hex(outcome.Result.Span)} of {op}, "
                + $"{plan.TextOf(command.Body)}, at index {index}; it is "
                + ReferenceCopy.Hex(command.Result.Span));
        }

        if (index <= command.FloorIndex)
        {
            throw new PropertyViolatedException(
                KitProperties.Linearizable,
                $"{op} stands at index {index}; it began after somebody was told of {command.FloorIndex}");
        }

        _told = isWaiting ? Math.Max(_told, index) : _told;
        return (long)index;
    }

    public override long ReadAnswered(ClientOp op, LogIndex applied, ReadOnlySpan<byte> answer)
    {
        var query = (MachineOp)op;
        if (applied.Value < query.FloorIndex)
        {
            throw new PropertyViolatedException(
                KitProperties.Linearizable,
                $"n{op.Node + 1} answers {op}, {plan.TextOf(query.Body)}, from the state of index {applied}; "
                + $"it began after somebody was told of {query.FloorIndex}");
        }

        Compare(op.Node, applied, query.Body, $"{op}", answer);
        _told = Math.Max(_told, applied.Value);
        return (long)applied.Value;
    }

    public override ClientOp? Again(ClientOp op, long id, int node) => new MachineOp
    {
        Id = id,
        Client = op.Client,
        Kind = op.Kind,
        Body = ((MachineOp)op).Body,
        FloorIndex = _told,
        Node = node,
    };

    public override byte[]? StaleQuery(RandomSource random) =>
        plan.Query is null ? null : Draw("query that may be stale", plan.Query, random);

    public override void StaleAnswered(
        int node, int start, LogIndex applied, byte[] query, ReadOnlySpan<byte> answer) =>
        Compare(node, applied, query, "a query that may be stale", answer);

    public override void Converged(int node, IStateMachine machine)
    {
        Invariant.Check(
            machine.AppliedIndex.Value == References.Last,
            $"n{node + 1} stands at index {machine.AppliedIndex}, the history at {References.Last}");
        References.Trail.CheckHash();
    }

    /// <summary>The result that the command of an index must have.</summary>
    public ReadOnlyMemory<byte> ResultAt(ulong index) => _executed[index].Result;

    /// <summary>A snapshot was written.</summary>
    public void Taken(ulong bytes, ulong index)
    {
        if (!_taken.TryGetValue(bytes, out var indexes))
        {
            _taken[bytes] = indexes = [];
        }

        if (!indexes.Contains(index))
        {
            indexes.Add(index);
        }
    }

    /// <summary>Whether these bytes were written of the state of an index.</summary>
    public bool IsTaken(ulong bytes, ulong index) =>
        _taken.TryGetValue(bytes, out var indexes) && indexes.Contains(index);

    /// <summary>Of which index these bytes were written, for a message.</summary>
    public string TakenAt(ulong bytes) =>
        _taken.TryGetValue(bytes, out var indexes) ? $"index {string.Join(" or ", indexes)}" : "no index";

    protected override void Execute(in CommittedCommand command, ClientOp op)
    {
        _executed[command.Index.Value] = (MachineOp)op;
        References.Execute(MachineCommand.Decode(command), (MachineOp)op);
    }

    private static byte[] Draw(string what, Func<RandomSource, byte[]> draw, RandomSource random)
    {
        byte[]? body = null;
        // A source of its own: how often the user draws changes nothing else.
        var own = random.Split();
        UserCode.Run(KitProperties.RepeatableRequests, () => $"the {what}", () => body = draw(own));
        return body is { Length: <= CommandBytesMax } ? body : throw new PropertyViolatedException(
            KitProperties.RepeatableRequests,
            $"the {what} "
            + (body is null ? "is null" : $"has {body.Length} bytes; {CommandBytesMax} is the most"));
    }

    // Whenever it was asked: the answer is that of the state which the node stands at.
    private void Compare(int node, LogIndex applied, byte[] query, string whose, ReadOnlySpan<byte> answer)
    {
        var copy = References.At(node, applied.Value);
        var found = answer.ToArray();
        UserCode.Run(
            KitProperties.AnswersAll, () => $"{plan.TextOf(query)} at index {applied}", () =>
            {
                var expected = copy.Answer(query);
                if (!expected.SequenceEqual(found))
                {
                    throw new PropertyViolatedException(
                        plan.Model is null ? KitProperties.Linearizable : KitProperties.Model,
                        $"n{node + 1} at index {applied} answers {ReferenceCopy.Hex(found)} to {whose}, "
                        + $"{plan.TextOf(query)}; {(plan.Model is null ? "a copy" : "the model")} that "
                        + $"was given the same commands answers {ReferenceCopy.Hex(expected)}");
                }
            });
    }
}
