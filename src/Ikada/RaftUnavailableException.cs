using Ikada.Consensus;

namespace Ikada;

/// <summary>A read could not be answered: nothing happened, and it may be tried again later.</summary>
public sealed class RaftUnavailableException : Exception
{
    internal RaftUnavailableException(Refusal why)
        : base(why == Refusal.Quarantined
            ? "the read was refused: the state of this node differs from that of the majority, and is being "
                + "replaced by it. Ask another node, or try again later"
            : $"the read was refused: {why}. Try again later; the limits are NodeOptions.ReadsInFlightMax "
                + "and ConsensusOptions.ReadsWaitingMax") => Refusal = why;

    /// <summary>Why.</summary>
    public Refusal Refusal { get; }
}
