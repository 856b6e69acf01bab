using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>
/// Which process stands behind which member (DESIGN §3, Incarnation): refuses what a wiped, copied or
/// rolled-back directory says, and knows which incarnations are to be bound to members.
/// <para>
/// A node knows of a binding only from its own log. A voter that never received the entry cannot tell a wiped
/// node from the one it was: the limits are in docs/protocol/membership.md.
/// </para>
/// </summary>
internal sealed class Identities(ConsensusState state, PeerIdentity self, bool startedOver)
{
    private readonly Dictionary<NodeId, Known> _known = [];
    private bool _startedOver = startedOver;

    /// <summary>This node's own.</summary>
    public PeerIdentity Self => self;

    /// <summary>Whether the log says that this node's id belongs to another directory: its own was wiped, and
    /// it was not added again yet, or its log does not know of that yet. It does not campaign. It votes: a
    /// candidate that it may elect holds all that its own log does, and so the binding; whether it was added
    /// again since, and the vote counts, that candidate knows.</summary>
    public bool IsSelfWiped =>
        !self.IsNone && state.Log.Membership.Find(state.Self) is { } member && IsAnother(member, self);

    /// <summary>Whether this node knows that it starts in place of another, or cannot know that it does not,
    /// and has heard nothing yet.</summary>
    public bool IsStartedOver => _startedOver && state.Log.Last.Index == LogIndex.Zero;

    /// <summary>Whether the member is bound, and not to that process.</summary>
    public bool IsAnother(Member member, PeerIdentity process) =>
        !self.IsNone && !process.IsNone && member.Incarnation is { } bound && bound != process.Incarnation;

    /// <summary>Whether the acknowledgements of a voter count: only once an incarnation is bound to it, so
    /// that they cannot be taken back by wiping the disk. Its vote counts before that: a new group could
    /// elect nobody else.</summary>
    public bool IsCounted(NodeId voter) =>
        self.IsNone || state.Log.Membership.Find(voter) is { Incarnation: not null };

    /// <summary>Whether a message of that process may be handled at all.</summary>
    public bool Admits(in Message message, PeerIdentity sender)
    {
        if (self.IsNone || sender.IsNone || state.Log.Membership.Find(message.From) is not { } member)
        {
            return true;
        }

        if (!_known.TryGetValue(message.From, out var known))
        {
            known = new Known { Incarnation = sender.Incarnation };
            _known.Add(message.From, known);
        }

        if (IsAnother(member, sender))
        {
            return AdmitsWiped(message, sender, known);
        }

        if (member.Incarnation is null && known.Forgotten == sender.Incarnation)
        {
            // A late message of the one that is gone: binding it again would shut out its successor.
            return false;
        }

        return AdmitsStart(message.From, sender, known);
    }

    /// <summary>A leader heard a member, and its message was admitted.</summary>
    public void Heard(NodeId id, PeerIdentity sender)
    {
        if (!self.IsNone && !sender.IsNone && state.Log.Membership.Find(id) is { Incarnation: null })
        {
            state.Leadership.Reconfiguration.Bind(id, sender.Incarnation);
        }
    }

    /// <summary>Every founder holds nothing, so there was no other in this node's place.</summary>
    public void FoundersAreNew() => _startedOver = false;

    /// <summary>The members that have no incarnation yet, with the one they were heard under last; this node
    /// among them.</summary>
    public (NodeId Id, Incarnation Incarnation)[] HeardOfUnbound()
    {
        var found = new List<(NodeId, Incarnation)>();
        foreach (var member in state.Log.Membership.Members)
        {
            if (self.IsNone || member.Incarnation is not null)
            {
                continue;
            }

            if (member.Id == state.Self)
            {
                found.Add((member.Id, self.Incarnation));
            }
            else if (_known.TryGetValue(member.Id, out var known) && known.Incarnation != known.Forgotten)
            {
                found.Add((member.Id, known.Incarnation));
            }
        }

        return [.. found];
    }

    /// <summary>A leader changed the membership: an incarnation that it forgot, and whose successor was
    /// heard, is not bound again. One without a successor is the same healthy directory, and may
    /// be.</summary>
    public void Changed(Membership before, Membership after)
    {
        foreach (var member in before.Members)
        {
            if (member.Incarnation is { } gone && after.Find(member.Id) is { Incarnation: null }
                && _known.TryGetValue(member.Id, out var known) && known.Wiped != default)
            {
                known.Forgotten = gone;
            }
        }
    }

    // What only a leader sends is taken all the same: a majority elected it, and this node's log may simply
    // not know yet that it was added again. Refusing it, this node would never learn.
    private bool AdmitsWiped(in Message message, PeerIdentity sender, Known known)
    {
        if (message.Type is MessageType.Append or MessageType.Heartbeat or MessageType.InstallSnapshot
            or MessageType.Quiesce or MessageType.TimeoutNow
            || AsksWithAFullLog(message))
        {
            return true;
        }

        if (known.Wiped != sender.Incarnation)
        {
            known.Wiped = sender.Incarnation;
            state.Effects.Observe(Fact.PeerWiped, message.From);
        }

        return false;
    }

    // A node whose log says that its id belongs to another directory does not campaign. If a log holds
    // all that ours does, it holds our binding too, unless that was never committed: so who asks with such
    // a log knows of being added again, as this node does not yet. Without its vote the group could stay
    // without a leader: in a joint state between that node and this one, say.
    private bool AsksWithAFullLog(in Message message) =>
        message.Type is MessageType.PreVote or MessageType.Vote
            && message.Position.IsAtLeastAsUpToDateAs(state.Log.Last);

    // Start counts only rise: fewer starts than seen before is an older copy of the directory.
    private bool AdmitsStart(NodeId id, PeerIdentity sender, Known known)
    {
        if (known.Incarnation != sender.Incarnation)
        {
            (known.Incarnation, known.Starts) = (sender.Incarnation, sender.StartCount);
        }
        else if (sender.StartCount >= known.Starts)
        {
            known.Starts = sender.StartCount;
        }
        else
        {
            if (known.RolledBackTo != sender.StartCount)
            {
                known.RolledBackTo = sender.StartCount;
                state.Effects.Observe(Fact.PeerRolledBack, id);
            }

            return false;
        }

        return true;
    }

    // What was seen of one member's processes.
    private sealed class Known
    {
        // The last one admitted, and its highest start count.
        public Incarnation Incarnation { get; set; }

        public StartCount Starts { get; set; }

        // The one that a change of this leader forgot.
        public Incarnation Forgotten { get; set; }

        // What was told already.
        public Incarnation Wiped { get; set; }

        public StartCount RolledBackTo { get; set; }
    }
}
