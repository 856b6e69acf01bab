using Ikada.Replica;
using Ikada.Simulation.Clients;

namespace Ikada.Simulation.Nodes;

/// <summary>A client's write at a node.</summary>
internal sealed class ClientProposal(World world, ClientOp op, byte[] command) : Proposal(command)
{
    public override void Complete(in WriteOutcome outcome) => world.Clients.WriteEnded(op, outcome);
}

/// <summary>A client's read at a node; it is answered from the state that the node has when it is
/// confirmed.</summary>
internal sealed class ClientRead(World world, SimulatedNode node, ClientOp op) : ReadRequest
{
    public override bool WithoutLease => op.WithoutLease;

    public override void Complete(in ReadOutcome outcome) => world.Clients.ReadEnded(op, node, outcome);
}
