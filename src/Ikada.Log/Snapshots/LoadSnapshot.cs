using System.Buffers;

namespace Ikada.Log.Snapshots;

/// <summary>Reads the content of a snapshot into memory. Given out only if all of it is as it was
/// written.</summary>
public sealed class LoadSnapshot(SnapshotDescriptor descriptor) : SnapshotOperation
{
    /// <summary>Which.</summary>
    public SnapshotDescriptor Descriptor => descriptor;

    /// <summary>The state, as it was written; null where it is damaged, or it failed or was
    /// cancelled.</summary>
    public ReadOnlySequence<byte>? Content { get; private set; }

    /// <summary>What is wrong with it.</summary>
    public FoundDamage? Damage { get; private set; }

    /// <inheritdoc/>
    protected override void Run(IDisk disk)
    {
        var first = new Piece(default, null);
        var last = first;
        (Damage, var isComplete) = SnapshotCheck.Run(
            disk, SnapshotNames.Of(descriptor), descriptor, block => last = new Piece(block, last),
            () => IsCancelWanted);
        WasCancelled = !isComplete;
        if (isComplete && Damage is null)
        {
            Content = new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        }
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> bytes, Piece? before)
        {
            Memory = bytes;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
