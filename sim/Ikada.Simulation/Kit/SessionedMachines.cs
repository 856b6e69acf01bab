using Ikada.Primitives;
using Ikada.Simulation.Workloads.Sessions;
using Ikada.StateMachine;

namespace Ikada.Simulation.Kit;

/// <summary>A user's state machine behind sessions: what the sessions let through is compared with the
/// sequential copy as without them.</summary>
internal sealed class SessionedMachines(UserMachines machines) : ISessionSubject
{
    public bool TakesStrays => false;

    public int? Clients => machines.Plan.Clients;

    public IStateMachine Make(int node) => machines.Make(node);

    public bool IsQueryNext(RandomSource random) => machines.IsQueryNext(random);

    public byte[] DrawQuery(string whose, RandomSource random) => machines.DrawQuery(whose, random);

    public byte[]? DrawStaleQuery(RandomSource random) => machines.DrawStaleQuery(random);

    public byte[] DrawCommand(ulong number, RandomSource random) =>
        machines.DrawCommand($"command {number}", random);

    public byte[] Encode(NumberedCommand command, long operation) =>
        MachineCommand.Encode(operation, command.Body);

    public void Stands(ulong index) => machines.References.Stands(index);

    public ReadOnlyMemory<byte> Apply(in CommittedCommand committed, NumberedCommand command) =>
        machines.Execute(committed);

    public void CompareAnswer(
        int node, LogIndex applied, byte[] query, string whose, ReadOnlySpan<byte> answer) =>
        machines.CompareAnswer(node, applied, query, whose, answer);

    public void Converged(int node, IStateMachine machine) => machines.Converged(node, machine);
}
