namespace Ikada.Replica;

/// <summary>The bounds of a replica's own work.</summary>
public sealed record ReplicaOptions
{
    /// <summary>The most entries in one apply request. Default 4096.</summary>
    public int ApplyEntriesMax { get; init; } = 4096;

    /// <summary>The most body bytes in one apply request, unless a single entry is larger. Default 4
    /// MiB.</summary>
    public int ApplyBytesMax { get; init; } = 4 << 20;

    /// <summary>Whether a node that does not lead hands its clients' proposals on to the leader; otherwise
    /// they are refused, and the refusal says who leads. Default true.</summary>
    public bool ForwardsProposals { get; init; } = true;

    /// <summary>The most body bytes in one message of forwarded proposals, unless a single one is larger.
    /// Default 1 MiB.</summary>
    public int ForwardBytesMax { get; init; } = 1 << 20;

    /// <summary>The most messages to a peer that wait behind a read from the disk; a further one is dropped
    /// and the core told, so that it probes. More than the Appends that consensus keeps in flight, so that
    /// this is the exception. Default 256.</summary>
    public int AppendsBehindReadMax { get; init; } = 256;

    /// <summary>How many recent numbers of an origin the leader remembers, to take each forwarded message
    /// once. Older ones are not taken. Default 4096; a power of two, at least 64.</summary>
    public int ForwardWindow { get; init; } = 4096;
}
