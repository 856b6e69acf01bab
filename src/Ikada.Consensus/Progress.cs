using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>What a leader knows of one member. Lives as long as the leadership.</summary>
internal sealed class Progress(NodeId id)
{
    // The last index of each message that is on its way, in order.
    private readonly Queue<LogIndex> _inflight = new();

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

    /// <summary>Until when, by our own clock, it surely lets nobody else be elected (diss. §6.4.1).</summary>
    public Instant LeaseUntil { get; set; }

    /// <summary>The highest commit index sent to it.</summary>
    public LogIndex CommitSent { get; set; }

    /// <summary>How many messages with entries are on their way and not acknowledged.</summary>
    public int InflightAppends => _inflight.Count;

    /// <summary>Starts over at <paramref name="next"/>.</summary>
    public void Reset(LogIndex next, Instant now)
    {
        Match = LogIndex.Zero;
        Next = next;
        Probe();
        LastHeard = now;
        LeaseUntil = default;
    }

    /// <summary>It holds everything up to <paramref name="match"/>, durably. Returns whether that is news.
    /// A late answer, to less than is known, says nothing about what is on its way now.</summary>
    public bool Acknowledge(LogIndex match)
    {
        if (match < Match)
        {
            return false;
        }

        var isNews = match > Match;
        Match = match;
        Next = LogIndex.Max(Next, Match.Next);
        IsProbing = false;
        ProbeSent = false;
        while (_inflight.TryPeek(out var end) && end <= Match)
        {
            _inflight.Dequeue();
        }

        return isNews;
    }

    /// <summary>Everything up to <paramref name="end"/> is on its way.</summary>
    public void Sent(LogIndex end)
    {
        if (IsProbing)
        {
            ProbeSent = true;
        }
        else if (end >= Next)
        {
            Next = end.Next;
            _inflight.Enqueue(end);
        }
    }

    /// <summary>What was sent may be lost: seek the point of agreement anew from what is known.</summary>
    public void ProbeAgain()
    {
        Next = Match.Next;
        Probe();
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
        Probe();
        return true;
    }

    private void Probe()
    {
        IsProbing = true;
        ProbeSent = false;
        _inflight.Clear();
    }
}
