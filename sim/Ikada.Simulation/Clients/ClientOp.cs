using Ikada.Replica;

namespace Ikada.Simulation.Clients;

/// <summary>What a client asks for.</summary>
internal enum ClientOpKind
{
    /// <summary>Writes a value that no other operation writes.</summary>
    Put = 0,

    /// <summary>Deletes a key.</summary>
    Delete,

    /// <summary>Reads a key, linearizably.</summary>
    Read,
}

/// <summary>One operation of a client, from call to answer, and what really became of it.</summary>
internal sealed class ClientOp
{
    /// <summary>Its number: unique in the run, and carried by its command.</summary>
    public required long Id { get; init; }

    public required int Client { get; init; }

    public required ClientOpKind Kind { get; init; }

    public required int Key { get; init; }

    /// <summary>The highest revision that anybody had been told when it began: its own must not be
    /// older.</summary>
    public required long FloorRevision { get; init; }

    /// <summary>A read: whether it must not be answered under a lease, since one has passed
    /// meanwhile.</summary>
    public bool WithoutLease { get; set; }

    /// <summary>The node it was sent to.</summary>
    public int Node { get; set; }

    /// <summary>Whether the client was told something, or has stopped waiting.</summary>
    public bool IsEnded { get; set; }

    /// <summary>What the client was told; unknown until then.</summary>
    public OutcomeKind Outcome { get; set; }

    /// <summary>Whether its command was executed, and at which revision.</summary>
    public bool IsExecuted { get; set; }

    public long ExecutedRevision { get; set; }

    /// <summary>How many keys its execution deleted.</summary>
    public int ExecutedDeletions { get; set; }
}
