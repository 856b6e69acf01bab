using System.Buffers;
using System.Runtime.ExceptionServices;

namespace Ikada.Log.Snapshots;

/// <summary>Reads the content of a snapshot. Without a taker it is gathered in memory and given out only if
/// all of it is as it was written; a taker gets each block that is whole, as it is read, and must use none
/// before <see cref="IsGood"/> says that all are.</summary>
/// <param name="descriptor">Which.</param>
/// <param name="taker">Takes each block, in an array of its own. Null: <see cref="Content"/> has all.</param>
public sealed class LoadSnapshot(SnapshotDescriptor descriptor, Action<ReadOnlyMemory<byte>>? taker = null)
    : SnapshotOperation
{
    /// <summary>Which.</summary>
    public SnapshotDescriptor Descriptor => descriptor;

    /// <summary>Whether all of it was read and is as it was written.</summary>
    public bool IsGood { get; private set; }

    /// <summary>What the taker threw, which ended the reading.</summary>
    public ExceptionDispatchInfo? Refusal { get; private set; }

    /// <summary>The state, as it was written; null where it is damaged, or it failed or was cancelled, or
    /// there is a taker.</summary>
    public ReadOnlySequence<byte>? Content { get; private set; }

    /// <summary>What is wrong with it.</summary>
    public FoundDamage? Damage { get; private set; }

    /// <inheritdoc/>
    protected override void Run(IDisk disk)
    {
        var first = new Piece(default, null);
        var last = first;
        (Damage, var isComplete) = SnapshotCheck.Run(
            disk, SnapshotNames.Of(descriptor), descriptor,
            taker is null ? block => last = new Piece(block, last) : Give,
            () => IsCancelWanted || Refusal is not null);
        WasCancelled = !isComplete && Refusal is null;
        IsGood = isComplete && Damage is null && Refusal is null;
        if (IsGood && taker is null)
        {
            Content = new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        }
    }

    // A disk's failure while a block is read is the operation's own; whatever a taker throws is not.
    private void Give(ReadOnlyMemory<byte> block)
    {
        try
        {
            taker!(block);
        }
#pragma warning disable CA1031 // Not swallowed: whoever asked for the reading throws it on.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Refusal = ExceptionDispatchInfo.Capture(error);
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
