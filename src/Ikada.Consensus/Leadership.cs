using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>What a leader does and knows while it leads (§5.3). Sending entries is <see cref="Replication"/>,
/// heartbeats <see cref="Rounds"/>, reads <see cref="ReadQueue"/>, handing over
/// <see cref="LeadershipTransfer"/>.</summary>
internal sealed class Leadership
{
    private readonly ConsensusState _state;
    private readonly List<Progress> _peers = [];

    public Leadership(ConsensusState state)
    {
        _state = state;
        Replication = new Replication(state);
        Rounds = new Rounds(state);
        Reads = new ReadQueue(state);
        Transfer = new LeadershipTransfer(state);
    }

    public Replication Replication { get; }

    public Rounds Rounds { get; }

    /// <summary>The reads that wait for a round of heartbeats.</summary>
    public ReadQueue Reads { get; }

    public LeadershipTransfer Transfer { get; }

    /// <summary>All members but this node, by id.</summary>
    public IReadOnlyList<Progress> Peers => _peers;

    /// <summary>The index of the first entry of the own term: reads and own-term commits start there
    /// (§8).</summary>
    public LogIndex TermStart { get; private set; }

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
        _peers.Clear();
        foreach (var member in _state.Log.Membership.Members)
        {
            if (member.Id != _state.Self)
            {
                var peer = new Progress(member.Id);
                peer.Reset(_state.Log.Last.Index.Next, _state.Now);
                _peers.Add(peer);
            }
        }

        TermStart = _state.Log.Last.Index.Next;
        _state.Log.Append(new EntryHeader(_state.Term, EntryKind.Empty, 0), _state.Term);
        _state.Effects.Add(new Effect
        {
            Kind = EffectKind.AppendToLog, First = TermStart, Last = TermStart, Term = _state.Term,
            Generation = _state.Log.Generation,
        });
        Rounds.Begin();
        Transfer.LeadershipBegan();
        Replicate();
    }

    /// <summary>Deposed.</summary>
    public void End()
    {
        Rounds.End();
        foreach (var peer in _peers)
        {
            Replication.Forget(peer);
        }

        _peers.Clear();
        Reads.RefuseAll(Refusal.LeadershipLost);
        Transfer.LeadershipEnded();
    }

    /// <summary>Sends every peer what it may get now.</summary>
    public void Replicate()
    {
        foreach (var peer in _peers)
        {
            Replication.Replicate(peer);
        }
    }

    /// <summary>
    /// Tells a peer that has everything and awaits nothing of a new commit index at once (step 8 of the
    /// overview). Round 0 asks for no answer. Where entries are on their way the next message tells it.
    /// </summary>
    public void TellCommit(Progress peer)
    {
        var isIdle = peer.State == ProgressState.Replicate && peer.Match == _state.Log.Last.Index;
        if (isIdle && peer.CommitSent < _state.Commit)
        {
            Rounds.SendHeartbeat(peer, 0);
        }
    }

    /// <summary>
    /// Commits what a majority holds durably, but by counting only entries of the own term: those of
    /// earlier terms commit with them (§5.4.2, figure 8).
    /// </summary>
    public void AdvanceCommit()
    {
        var index = LogIndex.Min(
            AcknowledgedBy(_state.Log.Membership.Voters), AcknowledgedBy(_state.Log.Membership.OutgoingVoters));
        if (index <= _state.Commit || _state.Log.TermAt(index) != _state.Term)
        {
            return;
        }

        _state.CommitTo(index);
        foreach (var peer in _peers)
        {
            TellCommit(peer);
        }

        Reads.TermCommitted();
    }

    private LogIndex AcknowledgedBy(ReadOnlySpan<NodeId> voters)
    {
        Span<LogIndex> acknowledged = voters.Length <= 16 ? stackalloc LogIndex[voters.Length]
            : new LogIndex[voters.Length];
        for (var i = 0; i < voters.Length; i++)
        {
            acknowledged[i] = voters[i] == _state.Self ? _state.Durable
                : Find(voters[i])?.Match ?? LogIndex.Zero;
        }

        return Quorum.CommittedIndex(acknowledged);
    }
}
