namespace Ikada.Log.Snapshots;

/// <summary>Deletes what was received so far of a snapshot. Not made durable: the next start deletes all
/// parts.</summary>
public sealed class DropPart(SnapshotDescriptor descriptor) : SnapshotOperation
{
    /// <summary>Of which.</summary>
    public SnapshotDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    protected override void Run(IDisk disk) =>
        SnapshotNames.DeleteIfThere(disk, SnapshotNames.PartOf(descriptor));
}
