using System.Buffers;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Simulation.Checkers;

/// <summary>I25: a snapshot is the state of one point in time, whatever is applied while it is written; and
/// the state that is restored from it is that state: taking its snapshot gives the same bytes.</summary>
internal sealed class PointInTime(int node, IStateSnapshot snapshot) : IStateSnapshot
{
    public const string Property = "I25 install(snapshot(s)) = s";
    private readonly StateDigest _then = StateDigest.Of(snapshot);

    public LogIndex AppliedIndex => snapshot.AppliedIndex;

    public void WriteTo(IBufferWriter<byte> writer)
    {
        var now = new StateDigest(writer);
        snapshot.WriteTo(now);
        if (!now.IsSameAs(_then))
        {
            throw new PropertyViolatedException(
                Property,
                $"the snapshot that n{node + 1} took at {snapshot.AppliedIndex} had {_then.Length} bytes "
                + $"then; now that it is written it has others ({now.Length})");
        }
    }

    public void ScrubTo(IBufferWriter<byte> writer) => snapshot.ScrubTo(writer);

    /// <summary>A state machine was restored.</summary>
    public static void Restored(int node, IStateMachine machine, ReadOnlySequence<byte> from)
    {
        var held = StateDigest.Of(machine.CaptureSnapshot());
        if (!held.IsSameAs(StateDigest.Of(from)))
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} restored {from.Length} bytes, and holds a state of {held.Length} others at "
                + $"{machine.AppliedIndex}");
        }
    }
}
