using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Replica;

/// <summary>Begins to put a snapshot in place of the state: the machine says where its pieces go.</summary>
public sealed class BeginRestoreRequest : MachineWork
{
    private readonly SnapshotDescriptor _snapshot;
    private IStateRestore? _restore;

    internal BeginRestoreRequest(SnapshotDescriptor snapshot) => _snapshot = snapshot;

    /// <inheritdoc/>
    public override string What => $"beginning to restore the snapshot of {_snapshot.Position}";

    /// <summary>Where the pieces go, once done.</summary>
    internal IStateRestore Restore => _restore
        ?? throw new InvalidOperationException("the restore has not begun yet");

    /// <inheritdoc/>
    protected override void Run(IStateMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        _restore = machine.BeginRestore();
    }
}

/// <summary>Puts a snapshot in place of the whole state: the machine has been given all of it.</summary>
public sealed class RestoreRequest : MachineWork
{
    private readonly string _file;
    private readonly LoadSnapshot _load;
    private readonly IStateRestore _restore;

    internal RestoreRequest(SnapshotDescriptor snapshot, LoadSnapshot load, IStateRestore restore)
    {
        (Position, _file) = (snapshot.Position, snapshot.FileName);
        (_load, _restore) = (load, restore);
    }

    /// <summary>The last entry in it.</summary>
    public LogPosition Position { get; }

    /// <inheritdoc/>
    public override string What => $"restoring the snapshot of {Position}, {_file}";

    /// <inheritdoc/>
    protected override void Run(IStateMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        using (_restore)
        {
            // What the machine threw at a piece on the snapshot thread is the machine's, and told as such.
            _load.Refusal?.Throw();
            _restore.Complete();
        }

        Invariant.Check(
            machine.AppliedIndex == Position.Index,
            $"the snapshot of {Position} holds a state of {machine.AppliedIndex}");
    }
}
