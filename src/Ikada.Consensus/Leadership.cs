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
        Reconfiguration = new Reconfiguration(state);
    }

    public Replication Replication { get; }

    public Rounds Rounds { get; }

    /// <summary>The reads that wait for a round of heartbeats.</summary>
    public ReadQueue Reads { get; }

    public LeadershipTransfer Transfer { get; }

    /// <summary>Changes of the membership.</summary>
    public Reconfiguration Reconfiguration { get; }

    /// <summary>All members but this node, by id; also those that a membership removed which is not committed
    /// yet: they are served until then.</summary>
    public List<Progress> Peers => _peers;

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

    /// <summary>Elected: open the term with an empty entry, or one that binds incarnations to members, so
    /// that what earlier terms left can commit (§8).</summary>
    public void Begin()
    {
        _peers.Clear();
        foreach (var membership in _state.Log.Memberships.From(_state.Commit))
        {
            Serve(membership, membership);
        }

        TermStart = _state.Log.Last.Index.Next;
        var opening = Reconfiguration.Begin();
        var kind = opening is null ? EntryKind.Empty : EntryKind.Membership;
        _state.Log.Append(
            new EntryHeader(_state.Term, kind, opening?.Encode().Length ?? 0, opening), _state.Term);
        _state.Effects.Add(new Effect
        {
            Kind = EffectKind.AppendToLog, First = TermStart, Last = TermStart, Term = _state.Term,
            Generation = _state.Log.Generation, Membership = opening,
        });
        Rounds.Begin();
        Transfer.LeadershipBegan();
        Replicate();
    }

    /// <summary>Deposed.</summary>
    public void End()
    {
        foreach (var peer in _peers)
        {
            Replication.Forget(peer);
        }

        _peers.Clear();
        Reads.RefuseAll(Refusal.LeadershipLost);
        Transfer.LeadershipEnded();
    }

    /// <summary>The membership went from <paramref name="before"/> to <paramref name="after"/>: who is new is
    /// served from now on. So is the successor of a wiped node, as a new one: what the node acknowledged
    /// before is gone.</summary>
    public void Serve(Membership before, Membership after)
    {
        foreach (var member in after.Members)
        {
            if (member.Id == _state.Self)
            {
                continue;
            }

            if (member.Incarnation is null && before.Find(member.Id) is { Incarnation: not null })
            {
                Drop(member.Id);
            }

            if (Find(member.Id) is null)
            {
                var peer = new Progress(member.Id);
                peer.Reset(_state.Log.Last.Index.Next, _state.Now);
                Insert(peer);
            }
        }
    }

    /// <summary>The newest membership is committed: who is not in it is told so, once, and then no
    /// more.</summary>
    public void DropRemoved()
    {
        for (var i = _peers.Count - 1; i >= 0; i--)
        {
            if (!_state.Log.Membership.Contains(_peers[i].Id))
            {
                Replication.TellCommit(_peers[i]);
                Drop(_peers[i].Id);
            }
        }
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
            AcknowledgedBy(_state.Log.Membership.Voters),
            AcknowledgedBy(_state.Log.Membership.OutgoingVoters));
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
        Reconfiguration.CommitRose();
    }

    private LogIndex AcknowledgedBy(ReadOnlySpan<NodeId> voters)
    {
        Span<LogIndex> acknowledged = voters.Length <= 16 ? stackalloc LogIndex[voters.Length]
            : new LogIndex[voters.Length];
        for (var i = 0; i < voters.Length; i++)
        {
            acknowledged[i] = voters[i] == _state.Self ? _state.Durable
                : _state.Identities.IsCounted(voters[i]) ? Find(voters[i])?.Counted ?? LogIndex.Zero
                : LogIndex.Zero;
        }

        return Quorum.CommittedIndex(acknowledged);
    }

    private void Insert(Progress peer)
    {
        var place = 0;
        while (place < _peers.Count && _peers[place].Id < peer.Id)
        {
            place++;
        }

        _peers.Insert(place, peer);
    }

    private void Drop(NodeId id)
    {
        if (Find(id) is { } peer)
        {
            Replication.Forget(peer);
            _peers.Remove(peer);
        }
    }
}
