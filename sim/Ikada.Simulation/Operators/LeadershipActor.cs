using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Time;

namespace Ikada.Simulation.Operators;

/// <summary>Wishes about who leads and how: transfers to anybody, priorities, leases on and off.</summary>
internal sealed class LeadershipActor(World world, RandomSource random)
{
    /// <summary>Asks that another node lead, or changes a priority.</summary>
    public void HandOver()
    {
        if (world.Operators.Addressee(random) is not { } node)
        {
            return;
        }

        if (random.OneIn(4))
        {
            Prefer(node.Process!.Replica.Membership);
            return;
        }

        world.Counts.Fired(FaultKind.Transfer);

        var target = random.NextBelow(6) switch
        {
            0 => NodeId.None,
            1 => node.Id,
            2 => new NodeId(4711),
            _ => world.Nodes[random.NextBelow(world.NodeCount)].Id,
        };
        world.Wishes.Transfer(world, node, target);
        if (random.OneIn(4) && node.IsUp)
        {
            world.Wishes.Transfer(world, node, world.Nodes[random.NextBelow(world.NodeCount)].Id);
        }
    }

    /// <summary>Switches leases on, off, or to another length.</summary>
    public void SwitchLease()
    {
        if (world.Operators.Addressee(random) is not { } node)
        {
            return;
        }

        world.Counts.Fired(FaultKind.Lease);
        var lease = random.OneIn(3) ? TimeSpan.Zero
            : TimeSpan.FromTicks(random.Between(50 * Draw.Millisecond, 900 * Draw.Millisecond));
        world.Wishes.Change(world, node, new MembershipChange { Lease = lease });
    }

    private void Prefer(Membership now)
    {
        if (world.Operators.Leader() is not { } leader || now.Members.IsEmpty)
        {
            return;
        }

        world.Counts.Fired(FaultKind.Transfer);
        var member = now.Members[random.NextBelow(now.Members.Length)];
        world.Wishes.Change(world, leader, new MembershipChange
        {
            Members =
            [
                new MemberChange(MemberChangeKind.Update, member.Id) { Priority = (byte)random.NextBelow(3) },
            ],
        });
    }
}
