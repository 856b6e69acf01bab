using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>A leader's heartbeat rounds: they keep its place (§5.2), confirm reads (diss. §6.4) and show
/// whether a majority is still there (check-quorum, diss. §6.2).</summary>
internal sealed class Rounds(ConsensusState state)
{
    /// <summary>When the next round is due.</summary>
    public Instant Deadline { get; private set; } = Instant.Never;

    /// <summary>The number of the latest round of this term.</summary>
    public ulong Latest { get; private set; }

    /// <summary>A leadership begins.</summary>
    public void Begin()
    {
        Latest = 0;
        Deadline = state.Now + state.Options.HeartbeatInterval;
    }

    /// <summary>Begins a round.</summary>
    public void Start()
    {
        Latest++;
        Deadline = state.Now + state.Options.HeartbeatInterval;
        var lease = state.Lease.Wanted();
        state.Lease.RoundSent(Latest, lease);
        foreach (var peer in state.Leadership.Peers)
        {
            SendHeartbeat(peer, Latest, lease);
        }
    }

    /// <summary>Lets a round pass without heartbeats.</summary>
    public void Skip() => Deadline = state.Now + state.Options.HeartbeatInterval;

    /// <summary>Whether a majority was heard within an election timeout (check-quorum, diss. §6.2).
    /// </summary>
    public bool HearsQuorum()
    {
        var since = state.Now + -state.Options.ElectionTimeout;
        return Hears(state.Log.Membership.Voters, since) && Hears(state.Log.Membership.OutgoingVoters, since);
    }

    /// <summary>The latest round that a majority has answered.</summary>
    public ulong Confirmed() => Math.Min(
        ConfirmedBy(state.Log.Membership.Voters), ConfirmedBy(state.Log.Membership.OutgoingVoters));

    /// <summary>One heartbeat; round 0 asks for no answer, and so for no lease.</summary>
    public void SendHeartbeat(Progress peer, ulong round, TimeSpan lease = default)
    {
        // Only what the follower verifiably holds: it may still have entries of another leader beyond that.
        var commit = LogIndex.Min(peer.Match, state.Commit);
        peer.CommitSent = LogIndex.Max(peer.CommitSent, commit);
        state.Outbox.Send(new Message
        {
            Type = MessageType.Heartbeat, From = state.Self, To = peer.Id, Term = state.Term,
            // What it has acknowledged, and under which incarnation: a log that ends before it has lost
            // entries.
            Position = new LogPosition(peer.Match, default), End = new LogIndex(BoundTo(peer.Id)),
            Commit = commit, Round = round,
            Sequence = (ulong)lease.Ticks,
            Flags = lease > TimeSpan.Zero ? MessageFlags.Lease : MessageFlags.None,
        });
    }

    private ulong BoundTo(NodeId member) =>
        state.Log.Membership.Find(member) is { Incarnation: { } bound } ? bound.Value : 0;

    private bool Hears(ReadOnlySpan<NodeId> voters, Instant since)
    {
        var heard = 0;
        foreach (var voter in voters)
        {
            heard += voter == state.Self
                || (state.Leadership.Find(voter) is { HasLostLog: false } peer && peer.LastHeard >= since)
                ? 1 : 0;
        }

        return voters.IsEmpty || heard >= Quorum.MajorityOf(voters.Length);
    }

    private ulong ConfirmedBy(ReadOnlySpan<NodeId> voters)
    {
        Span<LogIndex> rounds = voters.Length <= 16 ? stackalloc LogIndex[voters.Length]
            : new LogIndex[voters.Length];
        for (var i = 0; i < voters.Length; i++)
        {
            rounds[i] = new LogIndex(
                voters[i] == state.Self ? Latest : state.Leadership.Find(voters[i])?.AckedRound ?? 0);
        }

        return Quorum.CommittedIndex(rounds).Value;
    }
}
