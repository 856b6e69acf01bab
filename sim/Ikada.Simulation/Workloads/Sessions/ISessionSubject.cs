using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Simulation.Workloads.Sessions;

/// <summary>What clients with sessions use: the machine behind the sessions, what is asked of it, and what it
/// must show of what was applied.</summary>
internal interface ISessionSubject
{
    /// <summary>Whether clients also send commands without a session, and bytes that are no
    /// command.</summary>
    bool TakesStrays { get; }

    /// <summary>How many clients there are; null: the seed draws it.</summary>
    int? Clients { get; }

    /// <summary>The machine behind the sessions of a node whose process starts: empty.</summary>
    IStateMachine Make(int node);

    /// <summary>Whether a client asks a query next.</summary>
    bool IsQueryNext(RandomSource random);

    /// <summary>Draws a query.</summary>
    byte[] DrawQuery(string whose, RandomSource random);

    /// <summary>Draws a query for whatever a node has applied; null: there is none.</summary>
    byte[]? DrawStaleQuery(RandomSource random);

    /// <summary>Draws the command of that number.</summary>
    byte[] DrawCommand(ulong number, RandomSource random);

    /// <summary>The bytes of a command for the log; they end with the number of its operation.</summary>
    byte[] Encode(NumberedCommand command, long operation);

    /// <summary>Nothing has an effect up to an index.</summary>
    void Stands(ulong index);

    /// <summary>A command has its effect. Returns its result.</summary>
    ReadOnlyMemory<byte> Apply(in CommittedCommand committed, NumberedCommand command);

    /// <summary>A node has answered a query from what it had applied up to an index.</summary>
    void CompareAnswer(int node, LogIndex applied, byte[] query, string whose, ReadOnlySpan<byte> answer);

    /// <summary>All has healed, and a node's machine is said to be that of all.</summary>
    void Converged(int node, IStateMachine machine);
}
