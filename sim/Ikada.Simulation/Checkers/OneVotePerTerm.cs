using Ikada.Primitives;

namespace Ikada.Simulation.Checkers;

/// <summary>I9, one vote per term and directory of a server, across restarts (§5.2): read from what reached
/// the disk. A wiped server votes under another incarnation, which is not counted for it.</summary>
internal sealed class OneVotePerTerm
{
    public const string Property = "I9 one vote per term";
    private readonly Dictionary<(int Node, int Life, ulong Term), NodeId> _votes = [];

    /// <summary>A term and vote became durable on a node.</summary>
    public void Durable(int node, int life, ulong term, NodeId vote)
    {
        if (!vote.IsNone && !_votes.TryAdd((node, life, term), vote) && _votes[(node, life, term)] != vote)
        {
            throw new PropertyViolatedException(
                Property, $"n{node + 1} voted for n{vote} in term {term} after it had voted for "
                    + $"n{_votes[(node, life, term)]}");
        }
    }

    /// <summary>Whom a node voted for, durably, in one of its directories.</summary>
    public NodeId VoteOf(int node, int life, ulong term) => _votes.GetValueOrDefault((node, life, term));
}
