using Ikada.Sessions;
using Ikada.Simulation.Clients;

namespace Ikada.Simulation.Workloads.Sessions;

/// <summary>What an operation of a client with sessions is.</summary>
internal enum SessionRequest
{
    /// <summary>Opens a session.</summary>
    Open = 0,

    /// <summary>A copy of a command of a session.</summary>
    Command,

    /// <summary>A command without a session.</summary>
    Plain,

    /// <summary>Bytes that are no command.</summary>
    Garbage,

    /// <summary>Asks for the chain.</summary>
    Query,
}

/// <summary>An operation of a client with sessions.</summary>
internal sealed class SessionOp : ClientOp
{
    public required SessionRequest Asked { get; init; }

    /// <summary>Its bytes for the log, or the query.</summary>
    public required byte[] Body { get; init; }

    /// <summary>The highest index that anybody had been told of when it began.</summary>
    public required ulong FloorIndex { get; init; }

    /// <summary>The command that it is a copy of, or that it is; null: none.</summary>
    public NumberedCommand? Command { get; init; }

    /// <summary>Opens a session: under these bounds.</summary>
    public SessionOptions? Bounds { get; init; }

    /// <summary>A copy: what the client had acknowledged.</summary>
    public ulong AcknowledgedUpTo { get; init; }

    /// <summary>Where it stands in the log, once it is executed.</summary>
    public ulong Index { get; set; }

    /// <summary>What its result must be, once it is executed.</summary>
    public byte[] Expected { get; set; } = [];

    public override byte[]? Request => Command?.Body ?? (IsQuery ? Body : null);

    public override long Detail => Command is { } command ? (long)command.Number : Body.Length;

    public override string ToString() => Command is { } command
        ? $"op {Id} ({command}, of c{Client})"
        : $"op {Id} ({Asked} of c{Client})";
}

/// <summary>A command of a client, of which there may be several copies.</summary>
/// <param name="Number">Its number: no other command of the run has it.</param>
/// <param name="Session">Its session; 0: it has none.</param>
/// <param name="Sequence">Its number in the session.</param>
/// <param name="Body">What the machine behind the sessions is asked.</param>
internal sealed record NumberedCommand(ulong Number, ulong Session, ulong Sequence, byte[] Body)
{
    /// <summary>How often it was applied.</summary>
    public int Applications { get; set; }

    public override string ToString() => $"command {Number}, session {Session} sequence {Sequence}";
}
