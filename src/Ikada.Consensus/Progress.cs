using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>How a leader sends to a peer.</summary>
internal enum ProgressState : byte
{
    /// <summary>The point of agreement is sought: one message at a time until one is accepted.</summary>
    Probe = 0,

    /// <summary>It is known: a stream of batches within bounds.</summary>
    Replicate,

    /// <summary>What the peer needs is not in the log any more: a snapshot is asked for or on its way, and
    /// nothing but heartbeats goes beside it.</summary>
    Snapshot,
}

/// <summary>What a leader knows of one member. Lives as long as the leadership. The transitions are drawn in
/// docs/protocol/replication.md.</summary>
internal sealed class Progress(NodeId id)
{
    /// <summary>Whom it is about.</summary>
    public NodeId Id { get; } = id;

    /// <summary>How it is sent to.</summary>
    public ProgressState State { get; private set; }

    /// <summary>The highest entry that is durable there and matches ours; never falls. Invariant: Match &lt;
    /// Next (§5.3).</summary>
    public LogIndex Match { get; private set; }

    /// <summary>What <see cref="StepInvariants"/> saw of <see cref="Match"/> last.</summary>
    public LogIndex MatchSeen { get; set; }

    /// <summary>The next entry to send.</summary>
    public LogIndex Next { get; private set; }

    /// <summary>Probe: one is on its way; no second until it, or a heartbeat, is answered.</summary>
    public bool ProbeSent { get; set; }

    /// <summary>A refusal said that it holds nothing of ours from <see cref="Next"/> on. Until then Next is
    /// only a guess while probing.</summary>
    public bool EndsBeforeNext { get; private set; }

    /// <summary>The messages with entries that are on their way. Empty but in Replicate.</summary>
    public Inflight Inflight { get; } = new();

    /// <summary>Snapshot: the last entry of the one on its way; zero while the host has not begun.</summary>
    public LogIndex PendingSnapshot { get; private set; }

    /// <summary>Snapshot: the peer's log reaches far enough, but it cannot read what this one has compacted:
    /// only a snapshot helps, whatever it acknowledges meanwhile.</summary>
    public bool IsSnapshotForRepair { get; private set; }

    /// <summary>Snapshot: it arrived whole; the peer's acknowledgement is awaited.</summary>
    public bool SnapshotArrived { get; private set; }

    /// <summary>The queue towards it is full: nothing but heartbeats.</summary>
    public bool IsCongested { get; set; }

    /// <summary>Its log has no room for commands: it is sent none.</summary>
    public bool IsFull { get; set; }

    /// <summary>When it was last heard in this term (check-quorum, diss. §6.2).</summary>
    public Instant LastHeard { get; set; }

    /// <summary>The latest heartbeat round it answered (diss. §6.4).</summary>
    public ulong AckedRound { get; set; }

    /// <summary>Until when, by our own clock, it surely lets nobody else be elected (diss. §6.4.1).</summary>
    public Instant LeaseUntil { get; set; }

    /// <summary>The highest commit index sent to it.</summary>
    public LogIndex CommitSent { get; set; }

    /// <summary>It has lost entries that it had acknowledged in this term: it counts for nothing any more,
    /// and is sent nothing but heartbeats.</summary>
    public bool HasLostLog { get; set; }

    /// <summary>Up to where it counts towards commit.</summary>
    public LogIndex Counted => HasLostLog ? LogIndex.Zero : Match;

    /// <summary>It says itself that it may have lost entries, and its log ends before <see cref="Match"/>:
    /// nothing is known of it any more. The one case in which Match falls.</summary>
    public void StartOver(LogIndex next, Instant now)
    {
        MatchSeen = LogIndex.Zero;
        Reset(next, now);
    }

    /// <summary>Starts over at <paramref name="next"/>.</summary>
    public void Reset(LogIndex next, Instant now)
    {
        Match = LogIndex.Zero;
        Next = next;
        EndsBeforeNext = false;
        LastHeard = now;
        LeaseUntil = default;
        Enter(ProgressState.Probe);
    }

    /// <summary>It holds everything up to <paramref name="match"/>, durably. Returns whether that is news. A
    /// late answer, to less than is known, says nothing about what is on its way now.</summary>
    /// <param name="match">The highest entry known to match.</param>
    /// <param name="logBase">What the own log stands on: a peer that reaches it needs no snapshot.</param>
    public bool Acknowledge(LogIndex match, LogIndex logBase)
    {
        if (match < Match)
        {
            return false;
        }

        var isNews = match > Match;
        EndsBeforeNext &= State == ProgressState.Snapshot && !isNews;
        Match = match;
        Next = LogIndex.Max(Next, Match.Next);
        if (State == ProgressState.Replicate)
        {
            Inflight.FreeTo(Match);
        }
        else if (State == ProgressState.Probe || (match >= logBase && !IsSnapshotForRepair))
        {
            Next = State == ProgressState.Snapshot ? Match.Next : Next;
            Enter(ProgressState.Replicate);
        }

        return isNews;
    }

    /// <summary>Everything up to <paramref name="end"/> is on its way, in one message of so many
    /// bytes.</summary>
    public void Sent(LogIndex end, long bytes)
    {
        if (State == ProgressState.Probe)
        {
            ProbeSent = true;
        }
        else if (State == ProgressState.Replicate && end >= Next)
        {
            Next = end.Next;
            Inflight.Add(end, bytes);
        }
    }

    /// <summary>What was sent may be lost: the point of agreement is sought anew from what is known, but not
    /// before the peer is heard again; then a snapshot that was on its way is asked for once more.</summary>
    public void Lose()
    {
        if (State == ProgressState.Replicate)
        {
            Next = Match.Next;
            Enter(ProgressState.Probe);
        }

        ProbeSent = true;
    }

    /// <summary>Probe: the log does not reach back to the guess any more; the first place left is
    /// tried.</summary>
    public void GuessFrom(LogIndex next) => Next = next;

    /// <summary>
    /// It refused the message that followed <paramref name="rejected"/>, and may agree at
    /// <paramref name="hint"/>. Returns false if the refusal is stale: it answers a message from before
    /// what is known now.
    /// </summary>
    public bool Reject(LogIndex rejected, LogIndex hint)
    {
        var isStale = rejected <= Match || State switch
        {
            ProgressState.Probe => rejected.Next != Next,
            ProgressState.Snapshot => !SnapshotArrived || rejected != PendingSnapshot,
            _ => false,
        };
        if (isStale)
        {
            return false;
        }

        Next = LogIndex.Max(LogIndex.Min(rejected, hint.Next), Match.Next);
        EndsBeforeNext = true;
        Enter(ProgressState.Probe);
        return true;
    }

    /// <summary>The log does not reach back to what it needs.</summary>
    public void AskForSnapshot(bool forRepair = false)
    {
        Enter(ProgressState.Snapshot);
        IsSnapshotForRepair = forRepair;
    }

    /// <summary>One that ends at <paramref name="last"/> is on its way.</summary>
    public void SnapshotStarted(LogIndex last) => (PendingSnapshot, SnapshotArrived) = (last, false);

    /// <summary>It arrived whole: its acknowledgement follows, and if that is lost, it is asked
    /// for.</summary>
    public void SnapshotTaken()
    {
        SnapshotArrived = true;
        IsSnapshotForRepair = false;
        Next = LogIndex.Max(PendingSnapshot, Match).Next;
    }

    /// <summary>It did not arrive: back to what is known, once the peer is heard again.</summary>
    public void SnapshotFailed()
    {
        Next = Match.Next;
        Enter(ProgressState.Probe);
        ProbeSent = true;
    }

    private void Enter(ProgressState state)
    {
        State = state;
        ProbeSent = false;
        PendingSnapshot = LogIndex.Zero;
        SnapshotArrived = false;
        IsSnapshotForRepair = false;
        Inflight.Clear();
    }
}
