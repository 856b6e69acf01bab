using System.Buffers;
using Ikada.Primitives;
using Ikada.Simulation.Checkers;
using Ikada.StateMachine;

namespace Ikada.Simulation.Nodes;

/// <summary>A node's state machine, with the checkers before and after each batch.</summary>
internal sealed class CheckedStateMachine(int node, IStateMachine machine, Checks checks) : IStateMachine
{
    private const int LookEvery = 4;
    private int _captures;

    public LogIndex AppliedIndex => machine.AppliedIndex;

    public LogIndex DurableAppliedIndex => machine.DurableAppliedIndex;

    public ulong StateHash => machine.StateHash;

    public void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results)
    {
        checks.Applies(node, machine.AppliedIndex.Value, commands, upTo.Value);
        machine.Apply(commands, upTo, results);
        checks.Applied(node, upTo.Value, machine.StateHash);
    }

    public void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer) => machine.Query(query, answer);

    // Whether it stays as it was costs as much as writing it twice: looked at now and then.
    public IStateSnapshot CaptureSnapshot() => _captures++ % LookEvery == 0
        ? new PointInTime(node, machine.CaptureSnapshot()) : machine.CaptureSnapshot();

    public void Restore(ReadOnlySequence<byte> snapshot)
    {
        machine.Restore(snapshot);
        checks.Snapshots.Restored(node, machine, snapshot);
    }
}
