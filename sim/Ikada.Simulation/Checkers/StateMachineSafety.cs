using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Simulation.Checkers;

/// <summary>I5, state machine safety (§5.4.3): no two nodes apply different entries at one index. Each
/// applied command
/// is held against the committed log, body and all; none is left out, none comes twice.</summary>
internal sealed class StateMachineSafety(GroupId group, CommittedLog committed)
{
    public const string Property = "I5 state machine safety";
    /// <summary>A node, whose state stands at <paramref name="from"/>, applies a batch.</summary>
    public void Applies(int node, ulong from, ReadOnlySpan<CommittedCommand> commands, ulong upTo)
    {
        if (upTo > committed.Last)
        {
            throw new PropertyViolatedException(
                Property, $"n{node + 1} applies up to {upTo}; nobody committed beyond {committed.Last}");
        }

        var next = 0;
        for (var index = from + 1; index <= upTo; index++)
        {
            var entry = committed.At(index);
            var given = next < commands.Length && commands[next].Index.Value == index;
            if (given != (entry.Kind == EntryKind.Command))
            {
                throw new PropertyViolatedException(
                    Property, $"n{node + 1} {(given ? "applies" : "leaves out")} entry {index}, which is "
                        + $"{entry.Kind}");
            }

            if (given)
            {
                Compare(node, commands[next++], entry);
            }
        }

        if (next < commands.Length)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} applies entry {commands[next].Index} in a batch from {from + 1} up to {upTo}");
        }
    }

    private void Compare(int node, in CommittedCommand command, in LogMirror.Entry entry)
    {
        var checksum = LogEntry.ComputeChecksum(
            group, command.Index, new Term(entry.Term), EntryKind.Command, command.Version,
                command.Body.Span);
        if (checksum != entry.Checksum)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} applies at {command.Index} a command that is not the committed one of term "
                + $"{entry.Term} "
                + $"(checksum {checksum:x8}, committed {entry.Checksum:x8})");
        }
    }
}
