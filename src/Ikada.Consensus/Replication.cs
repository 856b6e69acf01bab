using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>Sends a leader's entries to the others: one probe while the point of agreement is sought, then a
/// stream of batches within bounds (§5.3, diss. §10.2.1), and a snapshot where the log does not reach back
/// far enough (§7).</summary>
internal sealed class Replication(ConsensusState state)
{
    /// <summary>Sends a peer what it may get now: one probe, or batches up to the in-flight bounds.</summary>
    public void Replicate(Progress peer)
    {
        if (peer.IsCongested || peer.HasLostLog || peer.State == ProgressState.Snapshot)
        {
            return;
        }

        if (peer.Next <= state.Log.Base.Index && !MayStillReach(peer))
        {
            return;
        }

        // A full peer takes no commands: only what stands before the next one goes.
        var last = peer.IsFull ? state.Log.LastBeforeCommand(peer.Next) : state.Log.Last.Index;
        if (peer.State == ProgressState.Probe)
        {
            if (!peer.ProbeSent)
            {
                SendAppend(peer, EndOfBatch(peer, last));
            }

            return;
        }

        while (peer.Next <= last
            && peer.Inflight.Count < state.Options.InflightAppendsMax
            && peer.Inflight.Bytes < state.Options.InflightBytesMax)
        {
            SendAppend(peer, EndOfBatch(peer, last));
        }
    }

    /// <summary>The peer answered a heartbeat: it lives, and whatever was lost on the way is found
    /// now.</summary>
    public void HeartbeatAnswered(Progress peer)
    {
        switch (peer.State)
        {
            case ProgressState.Probe:
                peer.ProbeSent = false;
                Replicate(peer);
                break;
            case ProgressState.Replicate when peer.Match < state.Log.Last.Index:
                AskWhetherReceived(peer);
                break;
            case ProgressState.Snapshot:
                LookAfterSnapshot(peer);
                break;
        }
    }

    /// <summary>A connection from the peer opened: a probe that waited goes now, and a snapshot that was on
    /// its way is asked for once more; the host resumes it.</summary>
    public void Connected(Progress peer)
    {
        peer.ProbeSent = false;
        if (peer.State == ProgressState.Snapshot && !peer.SnapshotArrived)
        {
            AskForSnapshot(peer);
        }

        Replicate(peer);
    }

    /// <summary>The host sends a snapshot. One that is not wanted any more, or to which the log no longer
    /// reaches back, is aborted.</summary>
    public void SnapshotStarted(Progress peer, LogPosition position)
    {
        Invariant.Check(
            position.Index <= state.Commit,
            $"a snapshot that ends at {position} goes to {peer.Id}, committed is {state.Commit}");
        if (peer.State != ProgressState.Snapshot)
        {
            AbortSnapshot(peer.Id);
        }
        else if (position.Index < state.Log.Base.Index)
        {
            AbortSnapshot(peer.Id);
            AskForSnapshot(peer);
        }
        else
        {
            peer.SnapshotStarted(position.Index);
        }
    }

    /// <summary>Tells a peer the commit index at once, whatever is on its way to it: the last it hears of
    /// this leader.</summary>
    public void TellCommit(Progress peer)
    {
        if (!peer.IsCongested && peer.State != ProgressState.Snapshot && peer.Next > state.Log.Base.Index)
        {
            SendAppend(peer, peer.Next.Previous);
        }
    }

    /// <summary>The peer is sent nothing more: it is no member any longer, or this node does not
    /// lead.</summary>
    public void Forget(Progress peer)
    {
        if (peer.State == ProgressState.Snapshot && !peer.SnapshotArrived)
        {
            AbortSnapshot(peer.Id);
        }
    }

    /// <summary>Takes an acknowledgement. Returns whether it is news.</summary>
    public bool Acknowledge(Progress peer, LogIndex match)
    {
        var wasStreaming = peer.State == ProgressState.Snapshot && !peer.SnapshotArrived;
        var isNews = peer.Acknowledge(match, state.Log.Base.Index);
        if (wasStreaming && peer.State != ProgressState.Snapshot)
        {
            // The log reaches it: by itself, or the snapshot is in force before the host told of its arrival.
            AbortSnapshot(peer.Id);
        }

        return isNews;
    }

    /// <summary>Up to where the log may be compacted: what the peers with a snapshot on its way need
    /// afterwards stays, as long as they are heard. One that fell silent must not hold the log for
    /// ever.</summary>
    public LogIndex CompactionLimit()
    {
        var limit = state.Commit;
        foreach (var peer in state.Leadership.Peers)
        {
            if (peer.PendingSnapshot > LogIndex.Zero && IsHeard(peer))
            {
                limit = LogIndex.Min(limit, peer.PendingSnapshot);
            }
        }

        return limit;
    }

    /// <summary>A peer cannot read entries that this log has compacted, though its own reaches far enough: a
    /// snapshot takes their place.</summary>
    public void RepairBySnapshot(Progress peer)
    {
        if (peer.State != ProgressState.Snapshot && !peer.HasLostLog)
        {
            peer.AskForSnapshot(forRepair: true);
            AskForSnapshot(peer);
        }
    }

    /// <summary>Tells the host that a transfer to <paramref name="peer"/> is of no use.</summary>
    public void AbortSnapshot(NodeId peer) =>
        state.Effects.Add(new Effect { Kind = EffectKind.AbortSnapshot, Peer = peer });

    // The log does not reach back to what the peer seems to need. It may hold more than is known, and asking
    // costs less than a snapshot; once it has said that it does not, it gets one. Not if it is down: that
    // would only tie up a transfer.
    private bool MayStillReach(Progress peer)
    {
        if (peer.State == ProgressState.Probe && !peer.EndsBeforeNext)
        {
            peer.GuessFrom(state.Log.Base.Index.Next);
            return true;
        }

        if (IsHeard(peer))
        {
            AskForSnapshot(peer);
        }

        return false;
    }

    // Asks, without entries, whether it has all that was sent: a lost message shows as a refusal.
    private void AskWhetherReceived(Progress peer)
    {
        if (peer.IsCongested)
        {
            return;
        }

        if (peer.Next <= state.Log.Base.Index)
        {
            AskForSnapshot(peer);
            return;
        }

        SendAppend(peer, peer.Next.Previous);
    }

    private void LookAfterSnapshot(Progress peer)
    {
        if (peer.PendingSnapshot == LogIndex.Zero)
        {
            // The host had none yet.
            AskForSnapshot(peer);
        }
        else if (peer.SnapshotArrived)
        {
            // Its acknowledgement may be lost.
            AskWhetherReceived(peer);
        }
        else if (peer.ProbeSent)
        {
            // A connection closed while it was on its way, and the peer is heard again.
            peer.ProbeSent = false;
            AskForSnapshot(peer);
        }
    }

    private void AskForSnapshot(Progress peer)
    {
        if (peer.State != ProgressState.Snapshot || peer.SnapshotArrived)
        {
            peer.AskForSnapshot();
        }

        state.Effects.Add(new Effect
        {
            Kind = EffectKind.SendSnapshot, Peer = peer.Id, First = state.Log.Base.Index,
        });
    }

    private LogIndex EndOfBatch(Progress peer, LogIndex last) =>
        LogIndex.Min(last, state.Log.EndOfBatch(peer.Next, state.Options.AppendBytesMax));

    private bool IsHeard(Progress peer) => state.Now - peer.LastHeard < state.Options.ElectionTimeout;

    private void SendAppend(Progress peer, LogIndex end)
    {
        var previous = peer.Next.Previous;
        Invariant.Check(
            previous >= state.Log.Base.Index,
            $"peer {peer.Id} needs {peer.Next}, the log starts after {state.Log.Base}");
        peer.CommitSent = LogIndex.Max(peer.CommitSent, LogIndex.Min(state.Commit, end));
        state.Outbox.Send(
            new Message
            {
                Type = MessageType.Append, From = state.Self, To = peer.Id, Term = state.Term,
                Position = new LogPosition(previous, state.Log.TermAt(previous)), End = end,
                Commit = state.Commit,
            },
            state.Log.TermAt(end));
        peer.Sent(end, state.Log.BytesBetween(previous, end));
    }
}
