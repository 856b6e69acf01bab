namespace Ikada.Log.Snapshots;

/// <summary>Reads a piece of a snapshot file, to be sent. Not checked here: a piece need not hold whole
/// blocks, and the receiver checks all of it (<see cref="FinishSnapshot"/>).</summary>
public sealed class ReadSnapshotPiece : SnapshotOperation
{
    /// <summary>Makes one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It begins or ends outside the file.</exception>
    public ReadSnapshotPiece(SnapshotDescriptor descriptor, long offsetBytes, int lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offsetBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(lengthBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offsetBytes, descriptor.FileBytes - lengthBytes);
        (Descriptor, OffsetBytes, LengthBytes) = (descriptor, offsetBytes, lengthBytes);
    }

    /// <summary>Of which.</summary>
    public SnapshotDescriptor Descriptor { get; }

    /// <summary>From where.</summary>
    public long OffsetBytes { get; }

    /// <summary>How many.</summary>
    public int LengthBytes { get; }

    /// <summary>The bytes; empty where they could not be read.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <summary>What is wrong with the file, if it is missing or ends too early.</summary>
    public FoundDamage? Damage { get; private set; }

    /// <inheritdoc/>
    protected override void Run(IDisk disk)
    {
        var name = SnapshotNames.Of(Descriptor);
        var bytes = new byte[LengthBytes];
        if (!SnapshotNames.Exists(disk, name))
        {
            Damage = new FoundDamage(name, 0, 0, "the file is missing");
        }
        else if (!SnapshotFile.ReadFully(disk, name, OffsetBytes, bytes))
        {
            Damage = new FoundDamage(name, OffsetBytes, OffsetBytes + LengthBytes, "the file ends before");
        }
        else
        {
            Bytes = bytes;
        }
    }
}
