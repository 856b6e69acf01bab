using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>A membership while it is being changed.</summary>
internal sealed class MembershipDraft
{
    private readonly Membership _from;
    private readonly List<Member> _members;
    private readonly List<NodeId> _voters;
    private readonly List<NodeId> _outgoing;
    private readonly List<NodeId> _learners;
    private readonly List<NodeId> _learnersNext;

    public MembershipDraft(Membership from)
    {
        _from = from;
        _members = [.. from.Members];
        _voters = [.. from.Voters];
        _outgoing = [.. from.OutgoingVoters];
        _learners = [.. from.Learners];
        _learnersNext = [.. from.LearnersNext];
        AutoLeave = from.AutoLeave;
        Lease = from.Lease;
    }

    public List<NodeId> Voters => _voters;

    public bool AutoLeave { get; init; }

    public TimeSpan Lease { get; init; }

    private bool LeavesJoint { get; set; }

    /// <summary>Applies the changes in order. Returns why they cannot be made, or null.</summary>
    public string? Apply(IReadOnlyList<MemberChange> changes)
    {
        foreach (var change in changes)
        {
            if (!change.Id.IsNone && ApplyOne(change) is { } error)
            {
                return error;
            }
        }

        if (_voters.Count == 0)
        {
            return $"the change removes all voters of {_from}: keep or add one";
        }

        foreach (var change in changes)
        {
            // It votes in the set being left, or later changes of the list undid what made it a learner. Who
            // votes under a new incarnation while the old one's votes count could vote twice in a term.
            if (change.ForgetsIncarnation && !_learners.Contains(change.Id))
            {
                return CannotForget(change.Id);
            }
        }

        return null;
    }

    public void EnterJoint() => _outgoing.AddRange(_voters);

    public void LeaveJoint()
    {
        _learners.AddRange(_learnersNext);
        _learnersNext.Clear();
        var outgoing = _outgoing.ToArray();
        _outgoing.Clear();
        foreach (var id in outgoing)
        {
            DropIfNowhere(id);
        }

        LeavesJoint = true;
    }

    public void Bind(NodeId id, Incarnation incarnation)
    {
        var place = PlaceOf(id);
        Invariant.Check(
            place >= 0 && _members[place].Incarnation is null,
            $"cannot bind {incarnation} to {id}, which is no member or bound already, in {_from}");
        _members[place] = _members[place] with { Incarnation = incarnation };
    }

    public Membership Finish() => new(
        [.. _members], [.. _voters], [.. _outgoing], [.. _learners], [.. _learnersNext])
    {
        AutoLeave = AutoLeave && !LeavesJoint, Lease = Lease,
    };

    private string? ApplyOne(in MemberChange change)
    {
        switch (change.Kind)
        {
            case MemberChangeKind.Voter:
                Ensure(change);
                _learners.Remove(change.Id);
                _learnersNext.Remove(change.Id);
                AddOnce(_voters, change.Id);
                return null;
            case MemberChangeKind.Learner:
                MakeLearner(change);
                return null;
            case MemberChangeKind.Remove:
                Remove(change.Id);
                return null;
            case MemberChangeKind.Update:
                if (PlaceOf(change.Id) >= 0)
                {
                    Ensure(change);
                }

                return null;
            default:
                return $"the change of member {change.Id} does not say what becomes of it";
        }
    }

    private void MakeLearner(in MemberChange change)
    {
        Ensure(change);
        _voters.Remove(change.Id);
        // A voter of the set being left is counted until that is left: it becomes a learner only then.
        AddOnce(_outgoing.Contains(change.Id) ? _learnersNext : _learners, change.Id);
        if (change.ForgetsIncarnation)
        {
            var place = PlaceOf(change.Id);
            _members[place] = _members[place] with { Incarnation = null };
        }
    }

    private void Remove(NodeId id)
    {
        _voters.Remove(id);
        _learners.Remove(id);
        _learnersNext.Remove(id);
        DropIfNowhere(id);
    }

    private void DropIfNowhere(NodeId id)
    {
        var place = PlaceOf(id);
        if (place >= 0 && !_voters.Contains(id) && !_outgoing.Contains(id) && !_learners.Contains(id))
        {
            _members.RemoveAt(place);
        }
    }

    // Makes it a member, with the attributes and priority wanted. One that was removed earlier in the same
    // list never left: it keeps its incarnation, since what it voted and acknowledged still counts.
    private void Ensure(in MemberChange change)
    {
        var place = PlaceOf(change.Id);
        if (place < 0)
        {
            place = _members.Count;
            _members.Add(_from.Find(change.Id) ?? new Member(change.Id, null, default));
        }

        var member = _members[place];
        _members[place] = member with
        {
            Attributes = change.Attributes ?? member.Attributes,
            Priority = change.Priority ?? member.Priority,
        };
    }

    private int PlaceOf(NodeId id)
    {
        for (var i = 0; i < _members.Count; i++)
        {
            if (_members[i].Id == id)
            {
                return i;
            }
        }

        return -1;
    }

    private static void AddOnce(List<NodeId> ids, NodeId id)
    {
        if (!ids.Contains(id))
        {
            ids.Add(id);
        }
    }

    private static string CannotForget(NodeId id) =>
        $"the incarnation of member {id} cannot be forgotten while it votes: make it a learner, "
            + "in a simple change of this member alone";
}
