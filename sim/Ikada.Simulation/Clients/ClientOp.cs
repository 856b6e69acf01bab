using Ikada.Consensus;
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

    /// <summary>Opens a session.</summary>
    Open,

    /// <summary>A copy of a numbered command, most of a session.</summary>
    Copy,
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

    /// <summary>What a user's state machine is asked by it; null: nothing.</summary>
    public virtual byte[]? Request => null;

    /// <summary>What else its line in the events shows.</summary>
    public abstract long Detail { get; }

    /// <summary>A read: whether it must not be answered under a lease, since one has passed
    /// meanwhile.</summary>
    public bool WithoutLease { get; set; }

    /// <summary>The node it was sent to.</summary>
    public int Node { get; set; }

    /// <summary>When it began, in the world's time.</summary>
    public long Start { get; set; }

    /// <summary>When the client was told something, or stopped waiting.</summary>
    public long End { get; set; }

    /// <summary>Which start of a node took it while the node led; 0 if none: a node that does not lead passes
    /// it on, and a frame that is lost without its connection is never answered.</summary>
    public int LeaderStart { get; private set; }

    /// <summary>Whether the node that was asked has ended it, even if the client waited no more.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>A node has taken it up.</summary>
    public void TakenBy(int start, Role role) => LeaderStart = role == Role.Leader ? start : 0;

    /// <summary>What the client was told while it waited; unknown until then, and for ever once it has
    /// stopped waiting.</summary>
    public OutcomeKind Heard { get; set; } = OutcomeKind.Unknown;

    /// <summary>Whether the client was told something, or has stopped waiting.</summary>
    public bool IsEnded { get; set; }

    /// <summary>What the client was told; unknown until then.</summary>
    public OutcomeKind Outcome { get; set; }

    /// <summary>Whether its command was executed.</summary>
    public bool IsExecuted { get; set; }
}
