using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>
/// Asks other nodes for the entries that this one cannot read, and judges what comes. Any node may answer,
/// whether anybody leads or not:
/// <list type="bullet">
/// <item>where the term is known, with the entry of that index and term: there is only one (§5.3);</item>
/// <item>where the term is lost, with an entry it knows committed, or one that lies before an entry whose
/// index and term both logs hold: up to there they are equal (§5.3).</item>
/// </list>
/// One node is asked at a time, in turn (also one whose removal is not committed: it may be the only one that
/// has what is needed to commit that), and again by the one that gave something as soon as that is durable.
/// What a supplier cannot read itself splits its answers: whatever comes is taken, the rest is asked of the
/// next.
/// </summary>
internal sealed class EntryRepair(ConsensusState state, LogDamage damage)
{
    /// <summary>The most ranges asked of a node at a time; each is answered with at most
    /// <see cref="ConsensusOptions.AppendBytesMax"/>.</summary>
    private const int RangesAskedMax = 4;

    private readonly List<NodeId> _refused = [];
    private Instant _deadline = state.Now;
    private NodeId _supplier;
    private int _turn;
    private int _askedInVain;

    /// <summary>Whether all others said that they have nothing of what is missing.</summary>
    public bool NobodyHasEntries { get; private set; }

    /// <summary>Whether only a snapshot may help: all others refused, or some did, and the rest let two turns
    /// pass. A majority of which one is damaged must not wait for one that is gone for good.</summary>
    public bool IsInVain => NobodyHasEntries
        || (_refused.Count > 0 && _askedInVain >= 2 * state.Reachable.Members.Length);

    /// <summary>When the next node is asked.</summary>
    public Instant Deadline => damage.Ranges.Count > 0 ? _deadline : Instant.Never;

    /// <summary>Asks the next node in turn.</summary>
    public void Tick()
    {
        if (state.Now < Deadline)
        {
            return;
        }

        _deadline = state.Now + state.Options.HeartbeatInterval;
        if (state.Space.IsFull)
        {
            return; // nothing could be written
        }

        var members = state.Reachable.Members;
        for (var tries = 0; tries <= members.Length; tries++)
        {
            _turn = (_turn + 1) % (members.Length + 1);
            // The leader may belong to a membership that this node cannot read.
            var next = _turn < members.Length ? members[_turn].Id : state.Leader;
            if (!next.IsNone && next != state.Self)
            {
                Ask(next);
                _askedInVain++;
                return;
            }
        }
    }

    /// <summary>What came is durable: the same node may have more.</summary>
    public void Continue()
    {
        if (!_supplier.IsNone && damage.Ranges.Count > 0)
        {
            Ask(_supplier);
            _supplier = NodeId.None;
        }
    }

    /// <summary>A node has nothing of what was asked.</summary>
    public void Refused(NodeId by)
    {
        if (damage.Ranges.Count == 0 || _refused.Contains(by))
        {
            return;
        }

        _refused.Add(by);
        foreach (var member in state.Reachable.Members)
        {
            if (member.Id != state.Self && !_refused.Contains(member.Id))
            {
                return;
            }
        }

        if (!NobodyHasEntries)
        {
            // Asking goes on: one of them may commit, be repaired or lead. But somebody should look.
            NobodyHasEntries = true;
            state.Effects.Observe(Fact.NobodyHasEntries);
        }
    }

    /// <summary>Takes of an answer what is missing and right.</summary>
    public void Take(in Message message, ReadOnlySpan<EntryHeader> entries)
    {
        var taken = false;
        for (var i = 0; i < entries.Length;)
        {
            var first = message.Position.Index + (ulong)i + 1;
            if (!damage.TryFind(first, out var range) || damage.IsReplacing(first))
            {
                i++;
                continue;
            }

            var count = 0;
            while (i + count < entries.Length && first + (ulong)count <= range.Last
                && !damage.IsReplacing(first + (ulong)count)
                && IsRight(message, range, first + (ulong)count, entries[i + count],
                    count > 0 ? entries[i + count - 1].Term : state.Log.TermAt(first.Previous)))
            {
                count++;
            }

            if (count == 0)
            {
                return;
            }

            damage.Replace(first, entries.Slice(i, count), i);
            taken = true;
            i += count;
        }

        if (taken)
        {
            _supplier = message.From;
            _refused.Clear();
            _askedInVain = 0;
            NobodyHasEntries = false;
        }
    }

    private bool IsRight(
        in Message message, in DamagedRange range, LogIndex index, in EntryHeader entry, Term before)
    {
        if (range.Term != default)
        {
            if (entry.Term != range.Term)
            {
                state.Effects.Observe(Fact.PeerMisbehaved, message.From);
            }

            return entry.Term == range.Term;
        }

        // An entry that cannot stand between its neighbours contradicts one of them, which a leader will cut.
        var isBetween = entry.Term >= before && entry.Term <= LastTermFor(range);
        return isBetween && (index <= message.Commit || IsBeforeCommonEntry(message, index));
    }

    /// <summary>The highest term that an entry of a range without terms can have.</summary>
    public Term LastTermFor(in DamagedRange range) =>
        range.Last < state.Log.Last.Index ? state.Log.TermAt(range.Last.Next) : state.Term;

    // The supplier holds an entry that this log holds too, and this one lies before it. It may have been cut
    // since.
    private bool IsBeforeCommonEntry(in Message message, LogIndex index)
    {
        var common = new LogPosition(new LogIndex(message.Round), new Term(message.Sequence));
        return common.Index > index && state.Log.Holds(common) && !damage.HasLostTerm(common.Index);
    }

    private void Ask(NodeId peer)
    {
        var asked = 0;
        foreach (var range in damage.Ranges)
        {
            // What is on its way to the disk already. (In the middle of a range it is sent once more, and
            // left out.)
            var first = range.First;
            while (first <= range.Last && damage.IsReplacing(first))
            {
                first = first.Next;
            }

            if (first > range.Last)
            {
                continue;
            }

            var next = range.Term == default && range.Last < state.Log.Last.Index
                ? new LogPosition(range.Last.Next, state.Log.TermAt(range.Last.Next))
                : default;
            state.Outbox.Send(new Message
            {
                Type = MessageType.EntryRequest, From = state.Self, To = peer,
                Term = state.Outbox.Durable.Term,
                Position = new LogPosition(first.Previous, range.Term), End = range.Last,
                Commit = damage.Applied, Round = next.Index.Value, Sequence = next.Term.Value,
            });
            if (++asked == RangesAskedMax)
            {
                return;
            }
        }
    }
}
