using Ikada.Consensus;

namespace Ikada;

/// <summary>A read could not be answered: nothing happened, and it may be tried again later.</summary>
public sealed class RaftUnavailableException : Exception
{
    internal RaftUnavailableException(Refusal why)
        : base($"the read was refused: {why}. Try again later; the limits are NodeOptions.ReadsInFlightMax "
            + "and ConsensusOptions.ReadsWaitingMax") => Refusal = why;

    /// <summary>Why.</summary>
    public Refusal Refusal { get; }
}
