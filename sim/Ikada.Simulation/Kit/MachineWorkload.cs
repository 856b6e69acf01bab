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
internal sealed class MachineWorkload(UserMachines machines) : Workload
{
    private ulong _told;

    public override int? Clients => machines.Plan.Clients;

    public override IStateMachine MakeMachine(int node) => machines.Make(node);

    public override ClientOp Next(long id, int client, int node, RandomSource random)
    {
        var isQuery = machines.IsQueryNext(random);
        var body = isQuery
            ? machines.DrawQuery($"op {id}", random) : machines.DrawCommand($"op {id}", random);
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

    public override void Stands(ulong index) => machines.References.Stands(index);

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
                + $"{machines.Plan.TextOf(command.Body)}, at index {index}; it is "
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
                $"n{op.Node + 1} answers {op}, {machines.Plan.TextOf(query.Body)}, from the state of index "
                + $"{applied}; it began after somebody was told of {query.FloorIndex}");
        }

        machines.CompareAnswer(op.Node, applied, query.Body, $"{op}", answer);
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

    public override byte[]? StaleQuery(RandomSource random) => machines.DrawStaleQuery(random);

    public override void StaleAnswered(
        int node, int start, LogIndex applied, byte[] query, ReadOnlySpan<byte> answer) =>
        machines.CompareAnswer(node, applied, query, "a query that may be stale", answer);

    public override void Converged(int node, IStateMachine machine) => machines.Converged(node, machine);

    protected override void Execute(in CommittedCommand command, ClientOp op)
    {
        var executed = (MachineOp)op;
        (executed.Index, executed.Result) = (command.Index.Value, machines.Execute(command));
    }
}
