using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>What a leader does and knows while it leads: progress of the others, heartbeats, commit
/// (§5.3).</summary>
internal sealed class Leadership(ConsensusState state)
{
    private readonly List<Progress> _peers = [];

    /// <summary>The reads that wait for a round of heartbeats.</summary>
    public ReadQueue Reads { get; } = new(state);

    /// <summary>All members but this node, by id.</summary>
    public IReadOnlyList<Progress> Peers => _peers;

    /// <summary>The index of the empty entry that opened the term: reads and own-term commits start there
    /// (§8).</summary>
    public LogIndex TermStart { get; private set; }

    public Instant HeartbeatDeadline { get; private set; } = Instant.Never;

    /// <summary>The number of the latest heartbeat round of this term.</summary>
    public ulong Round { get; private set; }

    public Progress? Find(NodeId id)
    {
        foreach (var peer in _peers)
        {
            if (peer.Id == id)
            {
                return peer;
            }
        }

        return null;
    }

    /// <summary>Elected: open the term with an empty entry, so that what earlier terms left can commit
    /// (§8).</summary>
    public void Begin()
    {
        Round = 0;
        _peers.Clear();
        foreach (var member in state.Log.Membership.Members)
        {
            if (member.Id != state.Self)
            {
                var peer = new Progress(member.Id);
                peer.Reset(state.Log.Last.Index.Next, state.Now);
                _peers.Add(peer);
            }
        }

        TermStart = state.Log.Last.Index.Next;
        state.Log.Append(new EntryHeader(state.Term, EntryKind.Empty, 0), state.Term);
        state.Effects.Add(new Effect
        {
            Kind = EffectKind.AppendToLog, First = TermStart, Last = TermStart, Term = state.Term,
            Generation = state.Log.Generation,
        });
        HeartbeatDeadline = state.Now + state.Options.HeartbeatInterval;
        Replicate();
    }

    /// <summary>Deposed.</summary>
    public void End()
    {
        HeartbeatDeadline = Instant.Never;
        _peers.Clear();
        Reads.RefuseAll(Refusal.LeadershipLost);
    }

    /// <summary>Sends every peer what it may get now.</summary>
    public void Replicate()
    {
        foreach (var peer in _peers)
        {
            Replicate(peer);
        }
    }

    /// <summary>Sends a peer what it may get now: one probe, or batches up to the in-flight bound.</summary>
    public void Replicate(Progress peer)
    {
        if (peer.IsCongested)
        {
            return;
        }

        if (peer.IsProbing)
        {
            if (!peer.ProbeSent)
            {
                SendAppend(peer, state.Log.EndOfBatch(peer.Next, state.Options.AppendBytesMax));
            }

            return;
        }

        while (peer.Next <= state.Log.Last.Index
            && peer.InflightAppends < state.Options.InflightAppendsMax
            && state.Log.BytesBetween(peer.Match, peer.Next.Previous) < state.Options.InflightBytesMax)
        {
            SendAppend(peer, state.Log.EndOfBatch(peer.Next, state.Options.AppendBytesMax));
        }
    }

    /// <summary>Asks a peer, without entries, whether it has all that was sent: a lost message shows as a
    /// refusal.</summary>
    public void AskWhetherReceived(Progress peer)
    {
        if (!peer.IsCongested)
        {
            SendAppend(peer, peer.Next.Previous);
        }
    }

    /// <summary>
    /// Tells a peer that has everything and awaits nothing of a new commit index at once (step 8 of the
    /// overview). Round 0 asks for no answer. Where entries are on their way the next message tells it.
    /// </summary>
    public void TellCommit(Progress peer)
    {
        var isIdle = !peer.IsProbing && peer.Match == state.Log.Last.Index;
        if (isIdle && peer.CommitSent < state.Commit)
        {
            SendHeartbeat(peer, 0);
        }
    }

    /// <summary>Begins a heartbeat round.</summary>
    public void StartRound()
    {
        Round++;
        HeartbeatDeadline = state.Now + state.Options.HeartbeatInterval;
        foreach (var peer in _peers)
        {
            SendHeartbeat(peer, Round);
        }
    }

    /// <summary>
    /// Commits what a majority holds durably, but by counting only entries of the own term: those of
    /// earlier terms commit with them (§5.4.2, figure 8).
    /// </summary>
    public void AdvanceCommit()
    {
        var index = LogIndex.Min(
            AcknowledgedBy(state.Log.Membership.Voters), AcknowledgedBy(state.Log.Membership.OutgoingVoters));
        if (index <= state.Commit || state.Log.TermAt(index) != state.Term)
        {
            return;
        }

        state.CommitTo(index);
        foreach (var peer in _peers)
        {
            TellCommit(peer);
        }

        Reads.TermCommitted();
    }

    /// <summary>Whether a majority was heard within an election timeout (check-quorum, diss. §6.2).
    /// </summary>
    public bool HearsQuorum()
    {
        var since = state.Now + -state.Options.ElectionTimeout;
        return Hears(state.Log.Membership.Voters, since) && Hears(state.Log.Membership.OutgoingVoters, since);
    }

    /// <summary>The latest round that a majority has answered.</summary>
    public ulong ConfirmedRound() => Math.Min(
        ConfirmedBy(state.Log.Membership.Voters), ConfirmedBy(state.Log.Membership.OutgoingVoters));

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
        peer.Sent(end);
    }

    private void SendHeartbeat(Progress peer, ulong round)
    {
        // Only what the follower verifiably holds: it may still have entries of another leader beyond that.
        var commit = LogIndex.Min(peer.Match, state.Commit);
        peer.CommitSent = LogIndex.Max(peer.CommitSent, commit);
        state.Outbox.Send(new Message
        {
            Type = MessageType.Heartbeat, From = state.Self, To = peer.Id, Term = state.Term,
            Commit = commit, Round = round,
        });
    }

    private LogIndex AcknowledgedBy(ReadOnlySpan<NodeId> voters)
    {
        Span<LogIndex> acknowledged = voters.Length <= 16 ? stackalloc LogIndex[voters.Length]
            : new LogIndex[voters.Length];
        for (var i = 0; i < voters.Length; i++)
        {
            acknowledged[i] = voters[i] == state.Self ? state.Durable
                : Find(voters[i])?.Match ?? LogIndex.Zero;
        }

        return Quorum.CommittedIndex(acknowledged);
    }

    private bool Hears(ReadOnlySpan<NodeId> voters, Instant since)
    {
        var heard = 0;
        foreach (var voter in voters)
        {
            heard += voter == state.Self || Find(voter)?.LastHeard >= since ? 1 : 0;
        }

        return voters.IsEmpty || heard >= Quorum.MajorityOf(voters.Length);
    }

    private ulong ConfirmedBy(ReadOnlySpan<NodeId> voters)
    {
        Span<LogIndex> rounds = voters.Length <= 16 ? stackalloc LogIndex[voters.Length]
            : new LogIndex[voters.Length];
        for (var i = 0; i < voters.Length; i++)
        {
            rounds[i] = new LogIndex(voters[i] == state.Self ? Round : Find(voters[i])?.AckedRound ?? 0);
        }

        return Quorum.CommittedIndex(rounds).Value;
    }
}
