namespace Ikada.Log.Snapshots;

/// <summary>
/// Makes a snapshot of what was received: synced, read back, every block and the whole checked and compared
/// with what was offered, then renamed and the directory synced. What does not fit is deleted: it is never
/// installed.
/// </summary>
public sealed class FinishSnapshot(SnapshotDescriptor descriptor) : SnapshotOperation
{
    /// <summary>Which.</summary>
    public SnapshotDescriptor Descriptor => descriptor;

    /// <summary>Whether it is a snapshot now, durable and verified.</summary>
    public bool IsGood { get; private set; }

    /// <summary>What is wrong with what was received.</summary>
    public FoundDamage? Damage { get; private set; }

    /// <inheritdoc/>
    protected override void Run(IDisk disk)
    {
        var part = SnapshotNames.PartOf(descriptor);
        if (!SnapshotNames.Exists(disk, part))
        {
            Damage = new FoundDamage(part, 0, 0, "the file is missing");
            return;
        }

        try
        {
            disk.Sync(part);
            disk.DropCache(part);
            (Damage, var isComplete) = SnapshotCheck.Run(disk, part, descriptor, null, () => IsCancelWanted);
            WasCancelled = !isComplete;
            if (WasCancelled || Damage is not null)
            {
                disk.Delete(part);
                return;
            }

            SnapshotNames.PutInPlace(disk, part, SnapshotNames.Of(descriptor));
            IsGood = true;
        }
        catch (DiskException)
        {
            SnapshotNames.TryDelete(disk, part);
            throw;
        }
    }
}
