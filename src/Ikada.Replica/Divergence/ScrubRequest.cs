using System.Buffers;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Replica.Divergence;

/// <summary>Takes a point-in-time view of the state, whose stored bytes are to be compared.</summary>
internal sealed class ScrubRequest : MachineWork
{
    private IStateSnapshot? _view;

    /// <inheritdoc/>
    public override string What => "taking a view of the state to compare it";

    /// <summary>Where the view stands, once done.</summary>
    public LogIndex Index => _view!.AppliedIndex;

    /// <summary>Writes all that is stored and lets go of the view.</summary>
    public void WriteTo(IBufferWriter<byte> writer)
    {
        using var held = _view as IDisposable;
        _view!.ScrubTo(writer);
    }

    /// <summary>Nobody wants it any more.</summary>
    public void Drop() => (_view as IDisposable)?.Dispose();

    /// <inheritdoc/>
    protected override void Run(IStateMachine machine) => _view = machine.CaptureSnapshot();
}
