using Ikada.Consensus;

namespace Ikada.Testing.Clusters;

/// <summary>How a scripted node starts: what its recovery says of the log, and whose directory it
/// is.</summary>
public sealed record NodeStart
{
    /// <summary>Entries may be missing at the end that it had acknowledged.</summary>
    public bool IsUnsure { get; init; }

    /// <summary>A newer vote than any readable one may be lost.</summary>
    public bool LostHardState { get; init; }

    /// <summary>Its directory; none: incarnations are not looked at.</summary>
    public PeerIdentity Identity { get; init; }

    /// <summary>Seeds its election timeouts.</summary>
    public ulong Seed { get; init; }
}
