using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Simulation.Faults;

namespace Ikada.Simulation.Operators;

/// <summary>
/// Wishes for changes of every shape: one member, several, all; also two at once, some that make no sense,
/// and at nodes that do not lead. It keeps to memberships that can live: those whose voters were not just
/// wiped.
/// </summary>
internal sealed class MembershipActor(World world, RandomSource random)
{
    /// <summary>Asks for a change.</summary>
    public void Change()
    {
        if (world.Operators.Addressee(random) is not { } node)
        {
            return;
        }

        for (var wishes = random.OneIn(4) ? 2 : 1; wishes > 0 && node.IsUp; wishes--)
        {
            var membership = node.Process!.Replica.Membership;
            var change = Drawn(membership);
            if (Survival.MayBecome(world, membership, change))
            {
                world.Counts.Fired(FaultKind.Membership);
                world.Wishes.Change(world, node, change);
            }
        }
    }

    private MembershipChange Drawn(Membership now)
    {
        if (now is { IsJoint: true, AutoLeave: false } && !random.OneIn(4))
        {
            return new MembershipChange { Mode = ChangeMode.LeaveJoint };
        }

        return random.NextBelow(12) switch
        {
            0 or 1 => One(MemberChangeKind.Learner, Stranger(now)),
            2 or 3 => One(MemberChangeKind.Voter, Among(now.Learners)),
            4 => One(MemberChangeKind.Voter, Stranger(now)),
            5 => One(MemberChangeKind.Learner, Among(now.Voters)),
            6 => One(MemberChangeKind.Remove, Anybody(now)),
            7 => One(MemberChangeKind.Remove, world.Operators.Leader()?.Id ?? Among(now.Voters)),
            8 => Replacement(now),
            9 => Any(),
            10 => Shrink(now),
            _ => Nonsense(now),
        };
    }

    private MembershipChange One(MemberChangeKind kind, NodeId id) => new()
    {
        Mode = random.NextBelow(4) switch
        {
            0 => ChangeMode.Simple,
            1 => ChangeMode.JointAutoLeave,
            _ => ChangeMode.Auto,
        },
        Members = [new MemberChange(kind, id)],
    };

    private MembershipChange Replacement(Membership now) => new()
    {
        Mode = Joint(),
        Members =
        [
            new MemberChange(MemberChangeKind.Remove, Among(now.Voters)),
            new MemberChange(MemberChangeKind.Voter, Stranger(now)),
        ],
    };

    // From any set to any set: each node votes, learns or leaves.
    private MembershipChange Any()
    {
        var changes = new List<MemberChange>();
        foreach (var node in world.Nodes)
        {
            var kind = random.NextBelow(6) switch
            {
                0 => MemberChangeKind.Remove,
                1 => MemberChangeKind.Learner,
                2 => MemberChangeKind.None,
                _ => MemberChangeKind.Voter,
            };
            if (kind != MemberChangeKind.None)
            {
                changes.Add(new MemberChange(kind, node.Id));
            }
        }

        return new MembershipChange { Mode = Joint(), Members = changes };
    }

    // Down to one voter; growing again is what the other shapes do.
    private MembershipChange Shrink(Membership now)
    {
        var last = Among(now.Voters);
        var changes = new List<MemberChange>();
        foreach (var voter in now.Voters)
        {
            if (voter != last)
            {
                changes.Add(new MemberChange(MemberChangeKind.Remove, voter));
            }
        }

        return new MembershipChange { Mode = Joint(), Members = changes };
    }

    private MembershipChange Nonsense(Membership now) => random.NextBelow(4) switch
    {
        0 => One(MemberChangeKind.Remove, new NodeId(4711)),
        1 => new MembershipChange { Mode = ChangeMode.LeaveJoint },
        2 => new MembershipChange
        {
            Mode = ChangeMode.Simple,
            Members =
            [
                new MemberChange(MemberChangeKind.Voter, Stranger(now)),
                new MemberChange(MemberChangeKind.Remove, Among(now.Voters)),
            ],
        },
        _ => new MembershipChange(),
    };

    private ChangeMode Joint() => random.OneIn(3) ? ChangeMode.JointExplicit
        : random.OneIn(2) ? ChangeMode.JointAutoLeave : ChangeMode.Auto;

    private NodeId Stranger(Membership now)
    {
        var first = random.NextBelow(world.NodeCount);
        for (var i = 0; i < world.NodeCount; i++)
        {
            var id = world.Nodes[(first + i) % world.NodeCount].Id;
            if (!now.Contains(id))
            {
                return id;
            }
        }

        return world.Nodes[first].Id;
    }

    private NodeId Anybody(Membership now) =>
        now.Members.IsEmpty ? world.Nodes[0].Id : now.Members[random.NextBelow(now.Members.Length)].Id;

    private NodeId Among(ReadOnlySpan<NodeId> ids) =>
        ids.IsEmpty ? world.Nodes[random.NextBelow(world.NodeCount)].Id : ids[random.NextBelow(ids.Length)];
}
