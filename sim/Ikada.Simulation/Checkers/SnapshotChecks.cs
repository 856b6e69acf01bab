using System.Buffers;
using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Simulation.Checkers;

/// <summary>The checkers of snapshots, and which of them looks at what.</summary>
internal sealed class SnapshotChecks
{
    private readonly SnapshotContents _contents;
    private readonly StateHashes _hashes;

    public SnapshotChecks(int nodes, BaseRule bases, StateHashes hashes)
    {
        (_contents, _hashes) = (new SnapshotContents(bases), hashes);
        Images = new SnapshotImage[nodes];
        for (var node = 0; node < nodes; node++)
        {
            Images[node] = new SnapshotImage(node);
        }
    }

    /// <summary>What each node's disk holds.</summary>
    public SnapshotImage[] Images { get; }

    /// <summary>Those on their way; null: nobody looks.</summary>
    public SnapshotFlow? Flow { get; set; }

    /// <summary>States may go wrong in this run, and snapshots with them.</summary>
    public void MayDiffer() => _contents.MayDiffer = true;

    /// <summary>A node's snapshots were looked at, and its state machine stands where they let it.</summary>
    public void Opened(int node, SnapshotShelf shelf, LogIndex applied)
    {
        if (shelf.Newest is { } newest && shelf.IsVerified(newest))
        {
            Images[node].Found(newest.Position.Index.Value, newest.Position.Term.Value);
            Images[node].Verified(newest.Position.Index.Value, newest.Position.Term.Value, isKept: true);
        }

        Images[node].Opened(applied.Value, shelf.IsCondemned);
    }

    /// <summary>A node's snapshot thread has done something.</summary>
    public void Worked(int node, SnapshotOperation operation)
    {
        var (made, read) = operation switch
        {
            SaveSnapshot { Result: { } saved } => (saved, null),
            FinishSnapshot { IsGood: true } finish => (finish.Descriptor, finish.Descriptor),
            VerifySnapshot { IsGood: true } verify => (null, verify.Descriptor),
            _ => ((SnapshotDescriptor?)null, (SnapshotDescriptor?)null),
        };
        if (made is not null)
        {
            _contents.Made(node, made);
        }

        if (read is not null)
        {
            Images[node].Verified(
                read.Position.Index.Value, read.Position.Term.Value, isKept: operation is VerifySnapshot);
        }
    }

    /// <summary>One that was received is in force.</summary>
    public void Installed(int node, LogPosition position) =>
        Images[node].Verified(position.Index.Value, position.Term.Value, isKept: true);

    /// <summary>A node's state machine was restored.</summary>
    public void Restored(int node, IStateMachine machine, ReadOnlySequence<byte> from)
    {
        PointInTime.Restored(node, machine, from);
        _hashes.Stands(node, machine.AppliedIndex.Value, machine.StateHash);
    }
}
