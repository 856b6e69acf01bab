using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Simulation.Checkers;

/// <summary>
/// I16, durability at send: no acknowledgement of an entry and no vote leaves before the sync that covers
/// it has
/// returned. The disk's image decides, not what the node says of it.
/// </summary>
internal sealed class DurableBeforeSend
{
    public const string Property = "I16 durable before it is acknowledged";

    /// <summary>An acknowledgement leaves; <paramref name="leader"/> is the log of the leader it goes to,
    /// if that still leads in the term.</summary>
    public static void Acknowledges(int node, in Message reply, LogMirror durable, LogMirror? leader)
    {
        var index = reply.Position.Index.Value;
        if (index > durable.Last)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} acknowledges entries up to {index} to n{reply.To}; its disk holds them up "
                + $"to {durable.Last}");
        }

        if (leader is not null && (index > leader.Last || leader.ChainAt(index) != durable.ChainAt(index)))
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} acknowledges entries up to {index} to n{reply.To}, leader of term "
                + $"{reply.Term}; its disk "
                + $"holds others (term {durable.TermAt(index)} there, the leader's log ends at "
                + $"{leader.Last})");
        }
    }

    /// <summary>A granted vote leaves, or the request of a candidate, who has voted for itself.</summary>
    public static void Votes(int node, in Message message, NodeId candidate, NodeId durableVote)
    {
        if (durableVote != candidate)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} shows its vote of term {message.Term} for n{candidate}; its disk holds "
                + (durableVote.IsNone ? "none" : $"one for n{durableVote}"));
        }
    }
}
