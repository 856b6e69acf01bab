using System.Buffers;
using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Replica;

/// <summary>Puts a snapshot in place of the whole state.</summary>
public sealed class RestoreRequest : MachineWork
{
    private readonly ReadOnlySequence<byte> _content;

    private readonly string _file;

    internal RestoreRequest(SnapshotDescriptor snapshot, ReadOnlySequence<byte> content)
    {
        Position = snapshot.Position;
        _file = snapshot.FileName;
        _content = content;
    }

    /// <summary>The last entry in it.</summary>
    public LogPosition Position { get; }

    /// <inheritdoc/>
    public override string What => $"restoring the snapshot of {Position}, {_file}";

    /// <inheritdoc/>
    public override void Execute(IStateMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        machine.Restore(_content);
        Invariant.Check(
            machine.AppliedIndex == Position.Index,
            $"the snapshot of {Position} holds a state of {machine.AppliedIndex}");
    }
}
