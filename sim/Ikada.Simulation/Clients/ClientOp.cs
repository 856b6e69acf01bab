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

    /// <summary>A command of a user's state machine.</summary>
    Command,

    /// <summary>A query of a user's state machine, linearizable.</summary>
    Query,
}

/// <summary>One operation of a client, from call to answer, and what really became of it.</summary>
internal abstract class ClientOp
{
    /// <summary>Its number: unique in the run, and carried by its command.</summary>
    public required long Id { get; init; }

    public required int Client { get; init; }

    public required ClientOpKind Kind { get; init; }

    /// <summary>Whether it changes nothing and is asked of a node's state machine.</summary>
    public bool IsQuery => Kind is ClientOpKind.Read or ClientOpKind.Query;

    /// <summary>What else its line in the events shows.</summary>
    public abstract long Detail { get; }

    /// <summary>A read: whether it must not be answered under a lease, since one has passed
    /// meanwhile.</summary>
    public bool WithoutLease { get; set; }

    /// <summary>The node it was sent to.</summary>
    public int Node { get; set; }

    /// <summary>Whether the client was told something, or has stopped waiting.</summary>
    public bool IsEnded { get; set; }

    /// <summary>What the client was told; unknown until then.</summary>
    public OutcomeKind Outcome { get; set; }

    /// <summary>Whether its command was executed.</summary>
    public bool IsExecuted { get; set; }
}
