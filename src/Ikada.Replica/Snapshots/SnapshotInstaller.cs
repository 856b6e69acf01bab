using Ikada.Consensus;
using Ikada.Log.Snapshots;
using Ikada.Primitives;

namespace Ikada.Replica.Snapshots;

/// <summary>
/// Puts a snapshot in force, in the order of DESIGN §7: its file is durable; then the log's record of it;
/// then the state machine is restored; then consensus is told, which acknowledges; then older files go. A
/// crash in between finds the file, and the next start completes what is missing (<see
/// cref="OpeningState"/>); then too, consensus is told when the log's record is durable.</summary>
internal sealed class SnapshotInstaller(ReplicaParts parts, SnapshotShelf shelf, OpenedState opened)
{
    private LogPosition _completing = opened.IsInstallCompleted ? parts.Log.Base : default;
    private SnapshotDescriptor? _installing;
    private BeginRestoreRequest? _beginning;
    private LoadSnapshot? _loading;
    private Instant _started;

    /// <summary>Begins, once the file is durable.</summary>
    public void Begin(SnapshotDescriptor snapshot, in Effect effect, Instant now)
    {
        Invariant.Check(
            _installing is null && snapshot.Position == new LogPosition(effect.Last, effect.LastTerm),
            $"{effect.Last} is to be installed, arrived has {snapshot.Position}");
        (_installing, _started) = (snapshot, now);
        parts.Apply.Pause();
        if (!effect.KeepsTail)
        {
            parts.Log.Reset(snapshot.Position, snapshot.Membership);
        }
        else if (snapshot.Position.Index > parts.Log.Base.Index)
        {
            parts.Log.Compact(snapshot.Position, snapshot.Membership);
        }
        else
        {
            // The log stands on it already: it was the state that was missing.
            Load();
        }
    }

    /// <summary>The log's base is durable.</summary>
    public void BaseSaved(LogPosition position)
    {
        if (_installing?.Position == position && _beginning is null)
        {
            Load();
        }
        else if (position == _completing)
        {
            _completing = default;
            parts.Next.SnapshotInstalled(position);
        }
    }

    /// <summary>The machine says where the pieces go.</summary>
    public void Begun(BeginRestoreRequest request)
    {
        _loading = new LoadSnapshot(_installing!, request.Restore.Write);
        parts.Ports.Submit(_loading);
    }

    /// <summary>The file was read. False if the operation is none of these.</summary>
    public bool TryTake(SnapshotOperation operation)
    {
        if (!ReferenceEquals(operation, _loading))
        {
            return false;
        }

        if (_loading.IsGood || _loading.Refusal is not null)
        {
            parts.Ports.Apply(new RestoreRequest(_installing!, _loading, _beginning!.Restore));
        }
        else if (!_loading.WasCancelled)
        {
            _beginning!.Restore.Dispose();
            // The log is reset already. The next start finds no state, and asks the others for it.
            parts.Ports.Stop(
                $"a snapshot that was just received cannot be read: "
                    + $"{_loading.Error?.Message ?? _loading.Damage?.What}");
        }

        return true;
    }

    /// <summary>The state machine holds it.</summary>
    public void Restored(Instant now)
    {
        var snapshot = _installing!;
        (_installing, _beginning, _loading) = (null, null, null);
        var index = snapshot.Position.Index;
        parts.Apply.Installed(index);
        parts.Divergence.Restored(index);
        parts.Writes.Covered(index);
        parts.Reads.Applied(index);
        shelf.Added(snapshot);
        shelf.Verified(snapshot, good: true);
        parts.Next.SnapshotInstalled(snapshot.Position);
        parts.Ports.Observe(new SnapshotFact(SnapshotFactKind.Installed, snapshot.Position)
        {
            Bytes = snapshot.FileBytes, Took = now - _started,
        });
    }

    private void Load()
    {
        _beginning = new BeginRestoreRequest(_installing!);
        parts.Ports.Apply(_beginning);
    }
}
