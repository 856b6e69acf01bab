using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Replica;

namespace Ikada.Simulation.Operators;

/// <summary>What an operator asked of a node: a change of the membership, or that another node
/// lead.</summary>
internal sealed class Wish
{
    public required long Number { get; init; }

    /// <summary>The node that was asked.</summary>
    public required int Node { get; init; }

    /// <summary>The change; null: a transfer.</summary>
    public MembershipChange? Change { get; init; }

    /// <summary>Who should lead.</summary>
    public NodeId Target { get; init; }

    public bool IsEnded { get; set; }
}

/// <summary>A wish for a change, at a replica.</summary>
internal sealed class WishedChange(World world, Wish wish) : MembershipProposal(wish.Change!)
{
    public override void Complete(in WriteOutcome outcome) => world.Wishes.Ended(world, wish, outcome);
}

/// <summary>A wish for a transfer, at a replica.</summary>
internal sealed class WishedTransfer(World world, Wish wish) : TransferRequest(wish.Target)
{
    public override void Complete(TransferOutcome outcome, NodeId leader) =>
        world.Wishes.Ended(world, wish, outcome);
}
