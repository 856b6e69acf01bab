using System.Buffers.Binary;
using Ikada.Replica;
using Ikada.Simulation.Checkers;

namespace Ikada.Simulation.Clients;

/// <summary>
/// All operations of a run. Every command ends with the number of its operation, so that it is known again
/// in a log whatever its format. An operation executed twice, or one that a client was told had been
/// refused, is a violation (I22); so is one that was acknowledged and never executed (I21).
/// </summary>
internal sealed class Operations
{
    public const string OnceProperty = "I22 executed at most once";
    public const string RefusedProperty = "I22 refused means never executed";
    public const string AckedProperty = "I21 acknowledged writes are in the history";

    public const string AnsweredProperty = "I44 what a leader takes it ends";

    /// <summary>How long the number at the end of a command is.</summary>
    public const int NumberBytes = 8;

    private readonly List<ClientOp> _all = [];

    public int Count => _all.Count;

    public ClientOp this[long id] => _all[(int)id];

    /// <summary>A new operation; its number must be the next.</summary>
    public void Add(ClientOp op) => _all.Add(op);

    /// <summary>The number at the end of a command; -1 if it holds none.</summary>
    public static long NumberOf(ReadOnlySpan<byte> command) => command.Length < NumberBytes
        ? -1 : BinaryPrimitives.ReadInt64LittleEndian(command[^NumberBytes..]);

    /// <summary>The next committed command is executed. Returns whose it is.</summary>
    public ClientOp Execute(ulong index, ReadOnlySpan<byte> command)
    {
        var id = NumberOf(command);
        if (id < 0 || id >= _all.Count)
        {
            throw new PropertyViolatedException(
                OnceProperty, $"entry {index} holds a command that no client sent");
        }

        var op = _all[(int)id];
        if (op.IsExecuted)
        {
            throw new PropertyViolatedException(OnceProperty, $"entry {index} executes {op} again");
        }

        if (op is { IsEnded: true, Outcome: OutcomeKind.Refused })
        {
            throw new PropertyViolatedException(
                RefusedProperty, $"entry {index} executes {op}, which was told to be refused");
        }

        op.IsExecuted = true;
        return op;
    }

    /// <summary>A client is told that its write was refused: it must never be executed.</summary>
    public static void Refused(ClientOp op)
    {
        if (op.IsExecuted)
        {
            throw new PropertyViolatedException(
                RefusedProperty, $"c{op.Client} is told that {op} was refused; it was executed");
        }
    }

    /// <summary>A run has ended, long after everything healed: whatever a leader took it has ended, whether
    /// or not the client still waited. <paramref name="startOf"/>: which start of a node runs; negative: it
    /// does not.</summary>
    public void CheckAnswered(Func<int, int> startOf)
    {
        foreach (var op in _all)
        {
            if (op is { IsAnswered: false, LeaderStart: > 0 } && op.LeaderStart == startOf(op.Node))
            {
                throw new PropertyViolatedException(
                    AnsweredProperty, $"n{op.Node + 1} took {op} as a leader and has never ended it");
            }
        }
    }

    /// <summary>After everything healed: every acknowledged write has been executed.</summary>
    public void CheckAcknowledged()
    {
        foreach (var op in _all)
        {
            if (op is { Outcome: OutcomeKind.Applied, IsExecuted: false, IsQuery: false })
            {
                throw new PropertyViolatedException(AckedProperty, $"{op} was acknowledged and is lost");
            }
        }
    }
}
