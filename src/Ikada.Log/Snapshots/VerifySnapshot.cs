namespace Ikada.Log.Snapshots;

/// <summary>Reads a whole snapshot file back and checks every block, the whole, and that it is the one that
/// is named. From the device, as far as the disk can (<see cref="IDisk.DropCache"/>).</summary>
public sealed class VerifySnapshot(SnapshotDescriptor descriptor) : SnapshotOperation
{
    /// <summary>Which.</summary>
    public SnapshotDescriptor Descriptor => descriptor;

    /// <summary>Whether it is good. False also where it failed or was cancelled: then nothing is
    /// known.</summary>
    public bool IsGood { get; private set; }

    /// <summary>What is wrong with it.</summary>
    public FoundDamage? Damage { get; private set; }

    /// <inheritdoc/>
    protected override void Run(IDisk disk)
    {
        var name = SnapshotNames.Of(descriptor);
        if (SnapshotNames.Exists(disk, name))
        {
            disk.DropCache(name);
        }

        (Damage, var isComplete) = SnapshotCheck.Run(disk, name, descriptor, null, () => IsCancelWanted);
        IsGood = isComplete && Damage is null;
        WasCancelled = !isComplete;
    }
}
