using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Replica.Divergence;

/// <summary>What the reports of one index say.</summary>
internal enum JudgementKind : byte
{
    /// <summary>Too few have reported.</summary>
    Open = 0,

    /// <summary>A majority of the voters has one state.</summary>
    Majority,

    /// <summary>No state can have a majority any more, whatever those say that have not
    /// reported.</summary>
    NoMajority,
}

/// <summary>A judgement.</summary>
/// <param name="Kind">What.</param>
/// <param name="Hash">Majority: the hash of its state.</param>
internal readonly record struct Judgement(JudgementKind Kind, ulong Hash)
{
    /// <summary>Open: whether those that have reported differ already.</summary>
    public bool IsSplit { get; init; }
}

/// <summary>
/// Who is odd: gathers the state hashes that members report, compares those of the same applied index, and
/// counts voters. Of a joint membership both halves must agree. Learners are compared and not counted.
/// </summary>
internal sealed class StateJudge
{
    private const int SlotsKept = 32;
    private readonly Slot[] _slots = NewSlots();

    /// <summary>A member's state has that hash at an index. Its later word takes the place of an earlier one.
    /// Of indexes older than all that are kept nothing is known any more.</summary>
    /// <param name="membership">Who votes.</param>
    /// <param name="member">Who reports.</param>
    /// <param name="index">Its applied index.</param>
    /// <param name="hash">Its hash, not 0.</param>
    public Judgement Report(Membership membership, NodeId member, LogIndex index, ulong hash)
    {
        if (Find(index) is not { } slot)
        {
            return default;
        }

        slot.Set(member, hash);
        return Judge(slot, membership);
    }

    /// <summary>Forgets all: another leads, or this node leads anew.</summary>
    public void Clear()
    {
        foreach (var slot in _slots)
        {
            slot.Begin(LogIndex.Zero);
        }
    }

    private static Judgement Judge(Slot slot, Membership membership)
    {
        // A state that nobody has reported yet may still win, by all that are silent.
        var isOpen = Tally(slot, membership, hash: 0) != VoteResult.Lost;
        foreach (var (_, hash) in slot.Reports)
        {
            var result = Tally(slot, membership, hash);
            if (result == VoteResult.Won)
            {
                return new Judgement(JudgementKind.Majority, hash);
            }

            isOpen |= result == VoteResult.Pending;
        }

        return isOpen
            ? new Judgement(JudgementKind.Open, 0) { IsSplit = slot.IsSplit }
            : new Judgement(JudgementKind.NoMajority, 0);
    }

    private static VoteResult Tally(Slot slot, Membership membership, ulong hash) => Quorum.Both(
        Tally(slot, membership.Voters, hash), Tally(slot, membership.OutgoingVoters, hash));

    private static VoteResult Tally(Slot slot, ReadOnlySpan<NodeId> voters, ulong hash)
    {
        var (yes, no) = (0, 0);
        foreach (var (member, reported) in slot.Reports)
        {
            if (voters.BinarySearch(member) >= 0)
            {
                yes += reported == hash ? 1 : 0;
                no += reported == hash ? 0 : 1;
            }
        }

        return Quorum.Tally(voters.Length, yes, no);
    }

    private Slot? Find(LogIndex index)
    {
        var oldest = _slots[0];
        foreach (var slot in _slots)
        {
            if (slot.Index == index)
            {
                return slot;
            }

            oldest = slot.Index < oldest.Index ? slot : oldest;
        }

        if (oldest.Index > index)
        {
            return null;
        }

        oldest.Begin(index);
        return oldest;
    }

    private static Slot[] NewSlots()
    {
        var slots = new Slot[SlotsKept];
        for (var i = 0; i < slots.Length; i++)
        {
            slots[i] = new Slot();
        }

        return slots;
    }

    private sealed class Slot
    {
        public LogIndex Index { get; private set; }

        public List<(NodeId Member, ulong Hash)> Reports { get; } = [];

        public bool IsSplit
        {
            get
            {
                foreach (var (_, hash) in Reports)
                {
                    if (hash != Reports[0].Hash)
                    {
                        return true;
                    }
                }

                return false;
            }
        }

        public void Begin(LogIndex index)
        {
            Index = index;
            Reports.Clear();
        }

        public void Set(NodeId member, ulong hash)
        {
            for (var i = 0; i < Reports.Count; i++)
            {
                if (Reports[i].Member == member)
                {
                    Reports[i] = (member, hash);
                    return;
                }
            }

            Reports.Add((member, hash));
        }
    }
}
