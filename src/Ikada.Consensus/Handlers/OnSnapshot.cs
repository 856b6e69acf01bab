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

    /// <summary>
    /// Whether one that ends there brings this node further. What is committed here needs none, unless it can
    /// neither be read nor was applied; if the state before the log's base is lost, any that reaches the base
    /// does. Where the term of its last entry is lost here, what follows must show that this is it.
    /// </summary>
    public static bool IsOfUse(ConsensusState state, LogPosition position)
    {
        if (state.IsInstalling
            || (state.Damage.HasLostTerm(position.Index) && !state.Damage.IsShownByWhatFollows(position)))
        {
            return false;
        }

        return state.Damage.IsStateMissing
            ? position.Index >= state.Log.Base.Index
            : position.Index > state.Commit
                || state.Damage.Touches(state.Damage.Applied.Next, position.Index);
    }

    /// <summary>Follower: one arrived whole. It is installed if it is ahead of what is committed here. In
    /// term 0 it comes from anybody, because this node asked: a snapshot holds only what is committed, so
    /// that it may be taken whoever leads; but only where nothing else helps.</summary>
    public static void Received(ConsensusState state, in Message message, Membership membership)
    {
        var isLeaders = message.Term != default;
        if (isLeaders)
        {
            state.HearLeader(message.From);
        }

        var position = message.Position;
        if (state.IsInstalling || (!isLeaders && state.Damage.NeededSnapshot == LogIndex.Zero))
        {
            // One at a time. The acknowledgement of the one under way says from where to go on.
            Drop(state);
            return;
        }

        if (!IsOfUse(state, position))
        {
            Drop(state);
            if (isLeaders)
            {
                OnAppend.Acknowledge(state, message.From);
            }

            return;
        }

        if (state.Lease.MustKeepLog(membership))
        {
            Drop(state);
            return;
        }

        if (position.Term > state.Term)
        {
            state.BecomeFollower(position.Term, NodeId.None);
        }

        Install(state, position, membership);
    }

    private static void Install(ConsensusState state, LogPosition position, Membership membership)
    {
        if (state.Damage.TryFind(position.Index, out var range) && range.Term == default)
        {
            // What follows has shown its term.
            state.Log.Rewrite(
                position.Index, [new EntryHeader(position.Term, EntryKind.Command, 0)], range.Last);
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

        // An acknowledgement that waits for the term would leave in the midst of it. Another follows at the
        // end.
        state.Outbox.Drop(MessageType.AppendReply);
        state.Installing = position;
        state.CommitTo(position.Index);
    }

    /// <summary>Follower: it is in force and durable: now it may be acknowledged, to whoever leads.</summary>
    public static void Installed(ConsensusState state, LogPosition position)
    {
        Invariant.Check(
            state.Installing == position, $"{position} was installed, asked for was {state.Installing}");
        state.Installing = default;
        state.Damage.StateRestored();
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
