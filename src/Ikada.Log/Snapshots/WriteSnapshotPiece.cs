namespace Ikada.Log.Snapshots;

/// <summary>Writes a piece of a snapshot that is being received, beside the snapshots. A piece at offset 0
/// begins anew. Pieces come in order; one that was written before may be written again.</summary>
public sealed class WriteSnapshotPiece : SnapshotOperation
{
    private const long SyncEveryBytes = 4 << 20;

    /// <summary>Makes one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It begins or ends outside the file.</exception>
    public WriteSnapshotPiece(SnapshotDescriptor descriptor, long offsetBytes, ReadOnlyMemory<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offsetBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offsetBytes, descriptor.FileBytes - bytes.Length);
        (Descriptor, OffsetBytes, Bytes) = (descriptor, offsetBytes, bytes);
    }

    /// <summary>Of which.</summary>
    public SnapshotDescriptor Descriptor { get; }

    /// <summary>Where.</summary>
    public long OffsetBytes { get; }

    /// <summary>What.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>What is wrong with what was received before: it is missing, or ends before this piece
    /// begins. Then nothing was written.</summary>
    public FoundDamage? Damage { get; private set; }

    /// <inheritdoc/>
    protected override void Run(IDisk disk)
    {
        var part = SnapshotNames.PartOf(Descriptor);
        try
        {
            var held = Prepare(disk, part);
            if (OffsetBytes > held)
            {
                Damage = new FoundDamage(
                    part, held, OffsetBytes, $"{held} bytes were received, and the piece begins behind them");
                return;
            }

            disk.Write(part, OffsetBytes, [Bytes]);
            var end = OffsetBytes + Bytes.Length;
            if (OffsetBytes / SyncEveryBytes != end / SyncEveryBytes)
            {
                // So that the last sync is short: a long one would hold up the log's own on the device.
                disk.Sync(part);
            }
        }
        catch (DiskException)
        {
            SnapshotNames.TryDelete(disk, part);
            throw;
        }
    }

    private long Prepare(IDisk disk, string part)
    {
        var exists = SnapshotNames.Exists(disk, part);
        if (OffsetBytes > 0)
        {
            return exists ? disk.GetLength(part) : 0;
        }

        if (exists)
        {
            disk.Delete(part);
        }

        disk.Create(part);
        return 0;
    }
}
