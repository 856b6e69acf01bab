using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>Snapshots: sent by a leader to whom its log does not reach any more, installed by a follower
/// (§7).</summary>
internal static class OnSnapshot
{
    /// <summary>Leader: one is on its way.</summary>
    public static void Started(ConsensusState state, NodeId peer, LogPosition position)
    {
        if (state.Leadership.Find(peer) is { } progress)
        {
            state.Leadership.Replication.SnapshotStarted(progress, position);
        }
        else
        {
            // Leadership or membership ended meanwhile.
            state.Leadership.Replication.AbortSnapshot(peer);
        }
    }

    /// <summary>Leader: it arrived whole, or not.</summary>
    public static void Ended(ConsensusState state, NodeId peer, bool succeeded)
    {
        // One that was aborted, or that never began, says nothing about what is known now.
        if (state.Leadership.Find(peer) is not { PendingSnapshot.Value: > 0 } progress)
        {
            return;
        }

        if (succeeded)
        {
            progress.SnapshotTaken();
        }
        else
        {
            progress.SnapshotFailed();
        }
    }

    /// <summary>Follower: one arrived whole. It is installed if it is ahead of what is committed
    /// here.</summary>
    public static void Received(ConsensusState state, in Message message, Membership membership)
    {
        state.HearLeader(message.From);
        var position = message.Position;
        if (state.IsInstalling)
        {
            // One at a time. The acknowledgement of the one under way says from where to go on.
            Drop(state);
            return;
        }

        // What is committed here needs no snapshot, unless it can neither be read nor was applied.
        var repairs = state.Damage.Touches(state.Damage.Applied.Next, position.Index);
        if ((position.Index <= state.Commit && !repairs) || state.Damage.HasLostTerm(position.Index))
        {
            Drop(state);
            OnAppend.Acknowledge(state, message.From);
            return;
        }

        if (state.Lease.MustKeepLog(membership))
        {
            Drop(state);
            return;
        }

        var keepsTail = state.Log.Holds(position);
        state.Effects.Add(new Effect
        {
            Kind = EffectKind.InstallSnapshot, First = position.Index.Next, Last = position.Index,
            LastTerm = position.Term, Membership = membership, KeepsTail = keepsTail,
        });
        if (keepsTail)
        {
            state.Log.CompactTo(position, membership);
        }
        else
        {
            state.Log.ResetTo(position, membership);
            // What the disk holds of the old log is nothing to this one.
            state.Durable = LogIndex.Min(state.Durable, state.Commit);
        }

        state.Installing = position;
        state.CommitTo(position.Index);
    }

    /// <summary>Follower: it is in force and durable: now it may be acknowledged, to whoever leads.</summary>
    public static void Installed(ConsensusState state, LogPosition position)
    {
        Invariant.Check(
            state.Installing == position, $"{position} was installed, asked for was {state.Installing}");
        state.Installing = default;
        state.Durable = LogIndex.Max(state.Durable, position.Index);
        if (!state.Leader.IsNone)
        {
            OnAppend.Acknowledge(state, state.Leader);
        }
    }

    /// <summary>The host deletes the file that arrived.</summary>
    public static void Drop(ConsensusState state) =>
        state.Effects.Add(new Effect { Kind = EffectKind.DropSnapshot });
}
