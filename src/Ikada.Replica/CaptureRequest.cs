using System.Buffers;
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

    /// <summary>The view, once done.</summary>
    internal IStateSnapshot Snapshot => _snapshot
        ?? throw new InvalidOperationException("the snapshot has not been taken yet");

    /// <inheritdoc/>
    protected override void Run(IStateMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        _snapshot = machine.CaptureSnapshot();
    }

    /// <summary>Writes the view and lets go of it, on the snapshot thread: a checkpoint's files take time to
    /// delete.</summary>
    internal void WriteTo(IBufferWriter<byte> writer)
    {
        using var held = Snapshot as IDisposable;
        Snapshot.WriteTo(writer);
    }
}
