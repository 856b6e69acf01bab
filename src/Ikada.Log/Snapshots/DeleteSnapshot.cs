namespace Ikada.Log.Snapshots;

/// <summary>Deletes a snapshot, durably. One that is not there is no error.</summary>
public sealed class DeleteSnapshot(SnapshotDescriptor descriptor) : SnapshotOperation
{
    /// <summary>Which.</summary>
    public SnapshotDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    protected override void Run(IDisk disk)
    {
        SnapshotNames.DeleteIfThere(disk, SnapshotNames.Of(descriptor));
        disk.SyncDirectory();
    }
}
