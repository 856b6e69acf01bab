using Ikada.Primitives;

namespace Ikada.Log.Snapshots;

/// <summary>
/// Says on the disk that the state of a group is not to be used, whatever holds it: a majority has another
/// one. That the file is there is what counts, not what is in it, so that a torn one counts too. The next
/// start sees it (<see cref="SnapshotShelf.IsCondemned"/>). Only then the snapshots of that state go: where
/// the mark cannot be set they stay.
/// </summary>
/// <param name="group">Whose state.</param>
/// <param name="condemned">Its snapshots.</param>
public sealed class SetQuarantine(GroupId group, IReadOnlyList<SnapshotDescriptor> condemned)
    : SnapshotOperation
{
    /// <inheritdoc/>
    protected override void Run(IDisk disk)
    {
        var name = SnapshotNames.QuarantineOf(group);
        if (!SnapshotNames.Exists(disk, name))
        {
            disk.Create(name);
            disk.SyncDirectory();
        }

        foreach (var snapshot in condemned)
        {
            SnapshotNames.DeleteIfThere(disk, SnapshotNames.Of(snapshot));
        }

        disk.SyncDirectory();
    }
}

/// <summary>Takes the mark back, durably: a sound state is in place.</summary>
public sealed class LiftQuarantine(GroupId group) : SnapshotOperation
{
    /// <inheritdoc/>
    protected override void Run(IDisk disk)
    {
        SnapshotNames.DeleteIfThere(disk, SnapshotNames.QuarantineOf(group));
        disk.SyncDirectory();
    }
}
