using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>Lease reads (diss. §6.4.1, DESIGN §7, A lost leader and leases): what this node has promised as a
/// voter, and what it was promised as a leader.</summary>
internal sealed class Lease(ConsensusState state)
{
    /// <summary>Until when this node grants nobody a vote.</summary>
    public Instant PromisedUntil { get; private set; } = state.Now;
}
