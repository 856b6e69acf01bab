using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Simulation.Nodes;

namespace Ikada.Simulation.Operators;

/// <summary>
/// Puts right what no program may put right by itself: a member that runs with another directory than the one
/// bound to it is added again as a learner, then, if it had voted, promoted. After everything has healed, a
/// joint state that waits to be left is left.
/// </summary>
internal sealed class Readmission(World world, DiskLoss losses, RandomSource random)
{
    private readonly SortedSet<NodeId> _toPromote = [];

    /// <summary>Looks, and asks for at most one change.</summary>
    public void Look()
    {
        if (world.Operators.Leader() is not { } leader || leader.IsPaused || world.Wishes.Changes > 0
            || (!world.Schedule.IsOver && random.OneIn(3)))
        {
            return;
        }

        var membership = leader.Process!.Replica.Membership;
        if (world.Schedule.IsOver && membership is { IsJoint: true, AutoLeave: false })
        {
            world.Wishes.Change(world, leader, new MembershipChange { Mode = ChangeMode.LeaveJoint });
            return;
        }

        if (world.Core.IsOn)
        {
            return; // the others are put right when they have healed as well
        }

        foreach (var node in world.Nodes)
        {
            if (node is { IsUp: true, Status.IsTreatedAsWiped: true } && losses.Replace(node))
            {
                return;
            }
        }

        foreach (var member in membership.Members)
        {
            if (!Survival.IsCounted(world, member) && leader.Id != member.Id)
            {
                AddAgain(leader, membership, member.Id);
                return;
            }
        }

        Promote(leader, membership);
    }

    /// <summary>Which member is still to be put right, or null.</summary>
    public string? Missing()
    {
        var membership = world.Checks.CommittedMembership;
        foreach (var member in membership.Members)
        {
            if (!Survival.IsCounted(world, member))
            {
                return $"n{member.Id} still waits to be added again";
            }
        }

        foreach (var node in world.Nodes)
        {
            var status = node.Status;
            if (membership.Contains(node.Id) && (status.IsFull || status.IsStateMissing))
            {
                return $"n{node.Index + 1} {(status.IsFull ? "has no space" : "has lost its state")}";
            }

            if (membership.Contains(node.Id)
                && (status.IsTreatedAsWiped || status.IsUnsure || status.DamagedEntries > 0))
            {
                return $"the log of n{node.Index + 1} is not whole: {status.DamagedEntries} damaged entries, "
                    + (status.IsUnsure ? "unsure" : status.IsTreatedAsWiped ? "treated as wiped" : "sure");
            }
        }

        return membership.IsJoint ? "the membership is still joint"
            : _toPromote.Count > 0 ? $"n{_toPromote.Min} still waits to be promoted"
            : world.Wishes.UnderWay.Count > 0
                ? $"wish {world.Wishes.UnderWay[0].Number} at "
                    + $"n{world.Wishes.UnderWay[0].Node + 1} has not ended"
            : null;
    }

    private void AddAgain(SimulatedNode leader, Membership membership, NodeId id)
    {
        if (membership.IsVoter(id))
        {
            _toPromote.Add(id);
        }

        world.Wishes.Change(world, leader, new MembershipChange
        {
            Members = [new MemberChange(MemberChangeKind.Learner, id) { ForgetsIncarnation = true }],
        });
    }

    private void Promote(SimulatedNode leader, Membership membership)
    {
        foreach (var id in _toPromote)
        {
            if (membership.IsLearner(id))
            {
                world.Wishes.Change(world, leader, new MembershipChange
                {
                    Members = [new MemberChange(MemberChangeKind.Voter, id)],
                });
                return;
            }
        }

        _toPromote.RemoveWhere(id => !membership.Contains(id) || membership.IsVoter(id));
    }
}
