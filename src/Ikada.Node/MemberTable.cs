using System.Runtime.InteropServices;
using Ikada.Primitives;

namespace Ikada.Node;

/// <summary>
/// The groups of a process, and which of them have something to do: those that an input touched, and those
/// whose deadline has come. A group that has nothing to do costs nothing, however many there are. Owned by
/// the consensus thread.
/// </summary>
internal sealed class MemberTable
{
    private readonly Dictionary<GroupId, GroupMember> _byGroup = [];
    private readonly List<GroupMember> _touched = [];

    // Lazy: a deadline that moves back stays where it is and is looked up when it comes; only one that moves
    // forward gets an entry of its own. Ties may come in any order.
    private readonly PriorityQueue<GroupMember, Instant> _deadlines = new();
    private GroupMember[] _all = [];

    /// <summary>All of them. From any thread.</summary>
    public GroupMember[] All => Volatile.Read(ref _all);

    /// <summary>Those that this batch has something for.</summary>
    public ReadOnlySpan<GroupMember> Touched => CollectionsMarshal.AsSpan(_touched);

    /// <summary>Nothing is due before. Something need not be due then.</summary>
    public Instant NextDeadline =>
        _deadlines.TryPeek(out _, out var deadline) ? deadline : Instant.Never;

    public GroupMember? Find(GroupId group) => _byGroup.GetValueOrDefault(group);

    public void Add(GroupMember member)
    {
        _byGroup.Add(member.Group, member);
        Volatile.Write(ref _all, [.. _byGroup.Values]);
        Schedule(member);
    }

    public void Remove(GroupMember member)
    {
        member.IsClosed = true;
        _byGroup.Remove(member.Group);
        _touched.Remove(member);
        Volatile.Write(ref _all, [.. _byGroup.Values]);
    }

    /// <summary>An input is for this one.</summary>
    public GroupMember Touch(GroupMember member)
    {
        if (!member.IsTouched)
        {
            member.IsTouched = true;
            _touched.Add(member);
        }

        return member;
    }

    /// <summary>Touches those whose deadline has come.</summary>
    public void TouchDue(Instant now)
    {
        while (_deadlines.TryPeek(out var member, out var deadline) && deadline <= now)
        {
            _deadlines.Dequeue();
            // Else an earlier entry of the same member stands for it, or it is closed.
            if (deadline == member.QueuedDeadline && !member.IsClosed)
            {
                member.QueuedDeadline = Instant.Never;
                if (member.Replica.NextDeadline <= now)
                {
                    Touch(member);
                }
                else
                {
                    Schedule(member);
                }
            }
        }
    }

    /// <summary>The batch is done with them.</summary>
    public void EndBatch()
    {
        foreach (var member in _touched)
        {
            member.IsTouched = false;
            Schedule(member);
        }

        _touched.Clear();
    }

    private void Schedule(GroupMember member)
    {
        var deadline = member.Replica.NextDeadline;
        if (deadline < member.QueuedDeadline)
        {
            member.QueuedDeadline = deadline;
            _deadlines.Enqueue(member, deadline);
        }
    }
}
