using Ikada.Consensus;

namespace Ikada.Simulation.Checkers;

/// <summary>I15: no message carries a term above its sender's durable one. Excepted are pre-votes, their
/// grants, and forwarded
/// messages, which name the term of the leader they are meant for; and what an unsure node asks, which names
/// the term to answer in.</summary>
internal sealed class MessageTerms
{
    public const string Property = "I15 no message shows a term that is not durable";

    /// <summary>A message leaves.</summary>
    public static void Leaves(int node, in Message message, ulong durableTerm)
    {
        if (message.Term.Value > durableTerm
            && message.Type is not (MessageType.PreVote or MessageType.PreVoteReply
                or MessageType.ForwardProposal or MessageType.ForwardRead or MessageType.LastPositionRequest))
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} sends {message.Type} of term {message.Term} to n{message.To}; its disk "
                + $"holds term {durableTerm}");
        }
    }
}
