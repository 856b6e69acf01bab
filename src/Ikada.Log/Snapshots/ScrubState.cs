using System.Buffers;
using Ikada.Primitives;

namespace Ikada.Log.Snapshots;

/// <summary>
/// Reads a whole state, as it is stored, and hashes it: bytes that rot where they lie are found by comparing
/// that with what other replicas read at the same index. Nothing is written. It may take long, and belongs on
/// a thread of its own.
/// </summary>
/// <param name="group">Whose state.</param>
/// <param name="index">The last entry in it.</param>
/// <param name="content">Writes the state, once, on the thread of this operation: a fixed point in time of
/// it.</param>
public sealed class ScrubState(GroupId group, LogIndex index, Action<IBufferWriter<byte>> content)
    : SnapshotOperation
{
    /// <summary>Whose state.</summary>
    public GroupId Group { get; } = group;

    /// <summary>The last entry in it.</summary>
    public LogIndex Index { get; } = index;

    /// <summary>Called now and then with how many bytes were read since the last call: may wait, so that
    /// reading leaves the disk to others. Default: does not wait.</summary>
    public Action<int>? Pace { get; set; }

    /// <summary>The hash of all that was read; 0 while it is not known.</summary>
    public ulong Hash { get; private set; }

    /// <summary>How much was read.</summary>
    public long Bytes { get; private set; }

    /// <summary>Why the state cannot be read whole; null: it could.</summary>
    public string? Damage { get; private set; }

    /// <inheritdoc/>
    protected override void Run(IDisk disk)
    {
        var sink = new HashingWriter(() => IsCancelWanted, Pace);
        try
        {
            content(sink);
            Hash = sink.Finish();
        }
        catch (SnapshotCancelledException)
        {
            WasCancelled = true;
        }
#pragma warning disable CA1031 // Not swallowed: whatever keeps an engine from reading is what is looked for.
        catch (Exception error) when (error is not (OutOfMemoryException or InvariantException))
#pragma warning restore CA1031
        {
            // What goes away under a reader that is to end proves nothing.
            WasCancelled = IsCancelWanted;
            Damage = IsCancelWanted ? null : $"{error.GetType().Name}: {error.Message}";
        }

        Bytes = sink.Bytes;
    }
}
