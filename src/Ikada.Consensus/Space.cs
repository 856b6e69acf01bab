using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>
/// What follows from a log without room for commands (DESIGN §7, No space). The log keeps room for what the
/// protocol itself must write: hard states, truncations, memberships, the empty entry of a term. So a full
/// node goes on voting and, if nobody with space can, leading; it only takes no commands. What it did not
/// take it does not acknowledge, so no safety rule needs to know of this.
/// </summary>
internal sealed class Space(ConsensusState state)
{
    private bool _hasWaited;

    /// <summary>Whether this node's log has no room for commands now.</summary>
    public bool IsFull { get; set; }

    /// <summary>What replies to the leader say of it.</summary>
    public MessageFlags Flags => IsFull ? MessageFlags.Full : MessageFlags.None;

    /// <summary>Those of a leader's entries that can be taken: all, or while full those before the first
    /// command that would have to be written.</summary>
    public ReadOnlySpan<EntryHeader> Take(LogIndex after, ReadOnlySpan<EntryHeader> entries)
    {
        if (!IsFull)
        {
            return entries;
        }

        for (var i = 0; i < entries.Length; i++)
        {
            var index = after + (ulong)i + 1;
            var isHeld = state.Log.Holds(new LogPosition(index, entries[i].Term))
                && !state.Damage.TryFind(index, out _);
            if (!isHeld && entries[i].Kind == EntryKind.Command)
            {
                return entries[..i];
            }
        }

        return entries;
    }

    /// <summary>Leader: whether its own log has room for commands, and so many others, as far as they have
    /// said, that commands can be committed.</summary>
    public bool CanTakeCommands() => !IsFull
        && HasMajority(state.Log.Membership.Voters) && HasMajority(state.Log.Membership.OutgoingVoters);

    /// <summary>Leader: a peer says whether its log is full. One that is gets no commands until it says that
    /// it is not.</summary>
    public void Told(Progress peer, in Message reply)
    {
        var isFull = reply.Has(MessageFlags.Full);
        if (isFull == peer.IsFull)
        {
            return;
        }

        peer.IsFull = isFull;
        if (isFull)
        {
            // What is on its way it may not take.
            peer.Lose();
        }
        else
        {
            peer.ProbeSent = false;
            state.Leadership.Replication.Replicate(peer);
            state.Leadership.Transfer.LeaveForSpace();
        }
    }

    /// <summary>
    /// Whether a full node whose election timeout passed lets another one pass, once: longer than any node
    /// with space waits, so that one of those leads if it can. If all are full, or only this one's log is up
    /// to date, it campaigns after that: a full leader serves reads, and brings others up to date to hand
    /// over.
    /// </summary>
    public bool WaitsForOthers()
    {
        var membership = state.Log.Membership;
        var isAlone = !membership.IsJoint && membership.Voters.Length == 1 && state.IsVoter;
        if (!IsFull || _hasWaited || isAlone)
        {
            return false;
        }

        _hasWaited = true;
        return true;
    }

    /// <summary>There is a leader: the next loss is waited out anew.</summary>
    public void LeaderHeard() => _hasWaited = false;

    private bool HasMajority(ReadOnlySpan<NodeId> voters)
    {
        var full = 0;
        foreach (var voter in voters)
        {
            full += state.Leadership.Find(voter) is { IsFull: true } ? 1 : 0;
        }

        return voters.IsEmpty || voters.Length - full >= Quorum.MajorityOf(voters.Length);
    }
}
