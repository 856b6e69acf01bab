using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>What a leader knows of one member. Lives as long as the leadership.</summary>
internal sealed class Progress(NodeId id)
{
    /// <summary>Whom it is about.</summary>
    public NodeId Id { get; } = id;

    /// <summary>The highest entry that is durable there and matches ours. Invariant: Match &lt; Next
    /// (§5.3).</summary>
    public LogIndex Match { get; private set; }

    /// <summary>The next entry to send.</summary>
    public LogIndex Next { get; private set; }

    /// <summary>Whether the point of agreement is still sought: one message at a time until one is
    /// accepted.</summary>
    public bool IsProbing { get; private set; } = true;

    /// <summary>Probing: a probe is on its way; no second one until it, or a heartbeat, is
    /// answered.</summary>
    public bool ProbeSent { get; set; }

    /// <summary>The queue towards it is full: nothing but heartbeats.</summary>
    public bool IsCongested { get; set; }

    /// <summary>When it was last heard in this term (check-quorum, diss. §6.2).</summary>
    public Instant LastHeard { get; set; }

    /// <summary>The latest heartbeat round it answered (diss. §6.4).</summary>
    public ulong AckedRound { get; set; }

    /// <summary>The highest commit index sent to it.</summary>
    public LogIndex CommitSent { get; set; }

    /// <summary>Starts over at <paramref name="next"/>.</summary>
    public void Reset(LogIndex next, Instant now)
    {
        Match = LogIndex.Zero;
        Next = next;
        IsProbing = true;
        ProbeSent = false;
        LastHeard = now;
    }

    /// <summary>It holds everything up to <paramref name="match"/>, durably. Returns whether that is
    /// news.</summary>
    public bool Acknowledge(LogIndex match)
    {
        var isNews = match > Match;
        Match = LogIndex.Max(Match, match);
        Next = LogIndex.Max(Next, Match.Next);
        IsProbing = false;
        ProbeSent = false;
        return isNews;
    }

    /// <summary>Everything up to <paramref name="end"/> is on its way.</summary>
    public void Sent(LogIndex end)
    {
        if (IsProbing)
        {
            ProbeSent = true;
        }
        else
        {
            Next = LogIndex.Max(Next, end.Next);
        }
    }

    /// <summary>What was sent may be lost: seek the point of agreement anew from what is known.</summary>
    public void ProbeAgain()
    {
        Next = Match.Next;
        IsProbing = true;
        ProbeSent = false;
    }

    /// <summary>
    /// It refused the message that followed <paramref name="rejected"/>, and may agree at
    /// <paramref name="hint"/>. Returns false if the refusal is stale: it answers a message from before
    /// what is known now.
    /// </summary>
    public bool Reject(LogIndex rejected, LogIndex hint)
    {
        var isStale = IsProbing ? rejected.Next != Next : rejected <= Match;
        if (isStale)
        {
            return false;
        }

        Next = LogIndex.Max(LogIndex.Min(rejected, hint.Next), Match.Next);
        IsProbing = true;
        ProbeSent = false;
        return true;
    }
}
