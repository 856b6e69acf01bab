using System.Buffers;
using Ikada.Primitives;

namespace Ikada.Log.Snapshots;

/// <summary>
/// Writes a snapshot file: aside, block by block, synced, renamed, directory synced. Until the rename is
/// durable there is no snapshot; what a crash leaves aside is deleted at the next start. It may be trusted
/// only once it has been read back (<see cref="VerifySnapshot"/>).
/// </summary>
/// <param name="group">Whose state.</param>
/// <param name="position">The last entry in it.</param>
/// <param name="membership">The membership as of that entry.</param>
/// <param name="content">Writes the state, once, on the snapshot thread: a fixed point in time of
/// it.</param>
/// <param name="blockBytes">How much content is hashed and held in memory at a time, 1 to 16 MiB. Part of
/// the file: nodes with other sizes make other files of the same state.</param>
public sealed class SaveSnapshot(
    GroupId group, LogPosition position, Membership membership, Action<IBufferWriter<byte>> content,
    int blockBytes = SaveSnapshot.BlockBytesDefault) : SnapshotOperation
{
    /// <summary>256 KiB.</summary>
    public const int BlockBytesDefault = 256 << 10;

    private readonly SnapshotHeader _header = new(
        group, position, membership,
        blockBytes is > 0 and <= SnapshotHeader.BlockBytesMax
            ? blockBytes : throw new ArgumentOutOfRangeException(nameof(blockBytes)));

    /// <summary>What was saved; null where it failed or was cancelled.</summary>
    public SnapshotDescriptor? Result { get; private set; }

    /// <inheritdoc/>
    protected override void Run(IDisk disk)
    {
        var name = SnapshotNames.Of(group, position);
        var part = name + SnapshotNames.PartSuffix;
        SnapshotNames.DeleteIfThere(disk, part);
        try
        {
            disk.Create(part);
            var writer = new SnapshotWriter(disk, part, _header, () => IsCancelWanted);
            content(writer);
            var saved = writer.Finish();
            SnapshotNames.PutInPlace(disk, part, name);
            Result = saved;
        }
        catch (SnapshotCancelledException)
        {
            SnapshotNames.DeleteIfThere(disk, part);
            WasCancelled = true;
        }
        catch (DiskException)
        {
            // Deleted at once, not at the next start: space may be what is wanting.
            SnapshotNames.TryDelete(disk, part);
            throw;
        }
    }
}
