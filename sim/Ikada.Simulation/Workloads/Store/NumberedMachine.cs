using System.Buffers;
using Ikada.Primitives;
using Ikada.Simulation.Clients;
using Ikada.StateMachine;

namespace Ikada.Simulation.Workloads.Store;

/// <summary>Takes the number of the operation off the end of each command, so that the store behind it gets
/// what production writes.</summary>
internal sealed class NumberedMachine(IStateMachine machine) : IStateMachine
{
    private readonly List<CommittedCommand> _commands = [];

    public LogIndex AppliedIndex => machine.AppliedIndex;

    public LogIndex DurableAppliedIndex => machine.DurableAppliedIndex;

    public ulong StateHash => machine.StateHash;

    public void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results)
    {
        _commands.Clear();
        foreach (ref readonly var command in commands)
        {
            _commands.Add(command with { Body = command.Body[..^Operations.NumberBytes] });
        }

        machine.Apply(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_commands), upTo, results);
    }

    public void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer) => machine.Query(query, answer);

    public IStateSnapshot CaptureSnapshot() => machine.CaptureSnapshot();

    public void Restore(ReadOnlySequence<byte> snapshot) => machine.Restore(snapshot);

    /// <summary>A command with its number behind it.</summary>
    public static byte[] Numbered(byte[] command, long id) => [.. command, .. BitConverter.GetBytes(id)];
}
