using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Clients;
using Ikada.StateMachine;

namespace Ikada.Simulation.Workloads;

/// <summary>
/// What a world is about: the state machine that its nodes replicate, what its clients ask of it, and what
/// must be true of the answers. All of it is drawn from what it is given, so that a seed repeats it.
/// </summary>
internal abstract class Workload
{
    /// <summary>The operations of the clients, and what became of them.</summary>
    public Operations Operations { get; } = new();

    /// <summary>Takes what happens, in numbers.</summary>
    public RunCounts Counts { get; set; } = new();

    /// <summary>How many clients there are; null: the seed draws it.</summary>
    public virtual int? Clients => null;

    /// <summary>On how many keys they work; 0: what they work on has no keys.</summary>
    public virtual int Keys => 0;

    /// <summary>How much longer than others it may need to come to rest after the healing, in the world's
    /// ticks.</summary>
    public virtual long RestTime => 0;

    /// <summary>The world is made, and nothing has happened in it.</summary>
    public virtual void Begin(World world)
    {
    }

    /// <summary>The state machine of a node whose process starts: empty.</summary>
    public abstract IStateMachine MakeMachine(int node);

    /// <summary>Draws how heavy the load is, once, before the first operation.</summary>
    public virtual void DrawLoad(RandomSource random)
    {
    }

    /// <summary>Draws a client's next operation, which it asks of a node.</summary>
    public abstract ClientOp Next(long id, int client, int node, RandomSource random);

    /// <summary>The bytes of an operation's command or query. Those of a command end with its number
    /// (<see cref="Operations.NumberOf"/>).</summary>
    public abstract byte[] Encode(ClientOp op);

    /// <summary>The next committed command, in the order in which the first node applies it, before it
    /// does.</summary>
    public void Execute(in CommittedCommand command) =>
        Execute(command, Operations.Execute(command.Index.Value, command.Body.Span));

    /// <summary>The first node is about to stand at an index; it need not be that of a command.</summary>
    public virtual void Stands(ulong index)
    {
    }

    /// <summary>A node tells that a write was applied; if its client has stopped waiting, the word is true
    /// but not heard. Returns what the answer shows, for the event's line.</summary>
    public abstract long WriteApplied(ClientOp op, in WriteOutcome outcome, bool isWaiting);

    /// <summary>A client is told what a node answered to its query when the machine stood at
    /// <paramref name="applied"/>. Returns what the answer shows, for the event's line.</summary>
    public abstract long ReadAnswered(ClientOp op, LogIndex applied, ReadOnlySpan<byte> answer);

    /// <summary>The same as <paramref name="op"/>, under another number and asked of another node; null:
    /// nothing is asked twice.</summary>
    public virtual ClientOp? Again(ClientOp op, long id, int node) => null;

    /// <summary>A query that a node answers from what it has applied, old or new; null: there is
    /// none.</summary>
    public virtual byte[]? StaleQuery(RandomSource random) => null;

    /// <summary>A node has answered a query of <see cref="StaleQuery"/>. It must show some state that there
    /// was, and none older than one it has shown since its <paramref name="start"/>.</summary>
    public virtual void StaleAnswered(
        int node, int start, LogIndex applied, byte[] query, ReadOnlySpan<byte> answer)
    {
    }

    /// <summary>All has healed: what has not come to rest yet; null: nothing.</summary>
    public virtual string? Missing() => null;

    /// <summary>All has healed, and a node's state is said to be that of all.</summary>
    public abstract void Converged(int node, IStateMachine machine);

    /// <summary>The run has reached its end.</summary>
    public virtual void Ended()
    {
    }

    /// <summary>Writes what clients asked and were told, one JSON object a line; nothing if the format of
    /// docs/simulation/histories.md cannot say it.</summary>
    public virtual void WriteHistory(TextWriter output)
    {
    }

    /// <summary>Executes a committed command once in the model.</summary>
    protected abstract void Execute(in CommittedCommand command, ClientOp op);
}
