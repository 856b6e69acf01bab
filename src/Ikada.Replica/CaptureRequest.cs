using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Replica;

/// <summary>Takes a point-in-time view of the state; writes go on.</summary>
public sealed class CaptureRequest : MachineWork
{
    private IStateSnapshot? _snapshot;

    internal CaptureRequest()
    {
    }

    /// <inheritdoc/>
    public override string What => "taking a snapshot";

    /// <summary>What the machine itself holds durably; 0 for one in memory.</summary>
    internal LogIndex DurableApplied { get; private set; }

    /// <summary>The view, once done.</summary>
    internal IStateSnapshot Snapshot => _snapshot
        ?? throw new InvalidOperationException("the snapshot has not been taken yet");

    /// <inheritdoc/>
    public override void Execute(IStateMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        _snapshot = machine.CaptureSnapshot();
        DurableApplied = machine.DurableAppliedIndex;
    }
}
