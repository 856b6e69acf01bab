using Ikada.Log;
using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Replica;

/// <summary>Brings state machine and log together when a node opens.</summary>
public static class OpeningState
{
    /// <summary>
    /// Restores the state machine from the newest good snapshot, unless it holds more by itself, and
    /// completes an install that a crash has cut: a snapshot whose last entry the log does not hold was
    /// received, and the log's record of it is missing. Can be cut itself, at any step, and done again.
    /// Before the replica is made, and before anything else is asked of the log.
    /// </summary>
    /// <exception cref="DiskException">The disk failed.</exception>
    /// <exception cref="StateLostException">The newest snapshot was good when it was looked at, and cannot be
    /// read now, or is of another state machine; names it and the remedy.</exception>
    public static OpenedState Restore(
        IDisk disk, SnapshotShelf snapshots, GroupLog log, IStateMachine machine)
    {
        ArgumentNullException.ThrowIfNull(log);
        return Join(snapshots, log, machine, Load(disk, snapshots, log.Base, machine));
    }

    /// <summary>The first half of <see cref="Restore"/>, which may take long and needs of the log only where
    /// it starts: for hosts that open a group while others are at work.</summary>
    /// <returns>The last entry in what the machine was restored from; index 0: from nothing.</returns>
    /// <exception cref="DiskException">The disk failed.</exception>
    /// <exception cref="StateLostException">See <see cref="Restore"/>.</exception>
    public static LogPosition Load(
        IDisk disk, SnapshotShelf snapshots, LogPosition logBase, IStateMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        if (Counts(snapshots, logBase) is not { } newest
            || newest.Position.Index <= machine.DurableAppliedIndex)
        {
            return default;
        }

        Load(disk, newest, machine);
        return newest.Position;
    }

    /// <summary>The other half: completes a cut install, and says where the state machine stands.</summary>
    /// <param name="snapshots">The same as in the first half.</param>
    /// <param name="log">The group's log, opened, which starts where the first half was told.</param>
    /// <param name="machine">The state machine, restored.</param>
    /// <param name="restored">What the first half returned.</param>
    /// <exception cref="StateLostException">The machine holds more than the log: it is of another
    /// directory.</exception>
    public static OpenedState Join(
        SnapshotShelf snapshots, GroupLog log, IStateMachine machine, LogPosition restored)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(machine);
        var isCompleted = false;
        if (Counts(snapshots, log.Base) is { } newest)
        {
            isCompleted = CompleteInstall(newest, log);
        }

        var durable = machine.DurableAppliedIndex;
        if (snapshots.IsCondemned)
        {
            // A majority held another state than what the machine may still hold by itself.
            return new OpenedState
            {
                Applied = LogIndex.Zero, DurableApplied = machine.IsDurable ? LogIndex.Zero : null,
                IsStateMissing = true,
            };
        }

        var applied = LogIndex.Max(machine.AppliedIndex, durable);
        if (durable > log.Last.Index)
        {
            // Nothing is applied before it is durable in the log of the same node.
            throw new StateLostException(
                $"The state machine holds entries up to {durable} durably, and the log ends at "
                    + $"{log.Last.Index}: the machine's files belong to another directory, or the log was "
                    + "lost. Start with the directory they belong to; or remove the machine's files, and "
                    + "the state comes from the snapshot, the log and the other nodes.");
        }

        return new OpenedState
        {
            Applied = applied, DurableApplied = machine.IsDurable ? durable : null, Snapshot = restored,
            StateHash = machine.AppliedIndex == applied ? machine.StateHash : 0,
            IsStateMissing = applied < log.Base.Index, IsInstallCompleted = isCompleted,
        };
    }

    // The newest snapshot, unless the log starts behind it: then others have what lies between.
    private static SnapshotDescriptor? Counts(SnapshotShelf snapshots, LogPosition logBase)
    {
        ArgumentNullException.ThrowIfNull(snapshots);
        return snapshots.Newest is { } newest && newest.Position.Index >= logBase.Index ? newest : null;
    }

    private static bool CompleteInstall(SnapshotDescriptor snapshot, GroupLog log)
    {
        var position = snapshot.Position;
        var isHeld = log.TryGetTerm(position.Index, out var term) && term == position.Term;
        // Where its term is lost the entry may be that one: then what stands behind it must not be dropped.
        var isLost = !isHeld && position.Index > log.Base.Index && position.Index <= log.Last.Index
            && !log.TryGetTerm(position.Index, out _);
        if (isLost && TermBehind(position.Index, log) is { } behind)
        {
            // Log matching (§5.3): whoever appended an entry of that term or a later one behind it held the
            // snapshot's last entry, which is committed.
            isHeld = behind >= position.Term;
            isLost = false;
        }

        // A membership may be among entries that cannot be read: none that lies before the snapshot is
        // needed any more, and behind it the snapshot's own is known.
        if (isHeld && (log.IsMembershipLost
            || (log.Damage.Count > 0 && log.Damage[0].First <= position.Index)))
        {
            log.Compact(position, snapshot.Membership);
        }

        if (isHeld || isLost)
        {
            return false;
        }

        if (log.RecoveredHardState.Term < position.Term)
        {
            // The snapshot was durable before the term was. No vote was given in it, or that would be.
            log.SaveHardState(position.Term, NodeId.None);
        }

        log.Reset(position, snapshot.Membership);
        return true;
    }

    // The term of the first entry behind it whose term can be read.
    private static Term? TermBehind(LogIndex index, GroupLog log)
    {
        for (var next = index.Next; next <= log.Last.Index; next = next.Next)
        {
            if (log.TryGetTerm(next, out var term))
            {
                return term;
            }
        }

        return null;
    }

    private static void Load(IDisk disk, SnapshotDescriptor snapshot, IStateMachine machine)
    {
        using var restore = machine.BeginRestore();
        var load = new LoadSnapshot(snapshot, restore.Write);
        load.Execute(disk);
        if (load.Error is { } error)
        {
            throw error;
        }

        if (!load.IsGood && load.Refusal is null)
        {
            throw new StateLostException(
                $"The snapshot of {snapshot.Position} was good and now cannot be read: {load.Damage?.What}. "
                    + "Check the disk; start again, and what is left is taken, or the others are asked.");
        }

        try
        {
            load.Refusal?.Throw();
            restore.Complete();
        }
        catch (Exception wrong)
        {
            throw new StateLostException(
                $"The snapshot of {snapshot.Position}, {snapshot.FileName}, is whole, but the state machine "
                    + $"does not restore it: {wrong.GetType().Name}: {wrong.Message} Start the program that "
                    + "wrote it.",
                wrong);
        }
    }
}
