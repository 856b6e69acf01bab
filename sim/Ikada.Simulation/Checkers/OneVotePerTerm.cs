using Ikada.Primitives;

namespace Ikada.Simulation.Checkers;

/// <summary>I9, one vote per term and server, across restarts (§5.2): read from what reached the
/// disk.</summary>
internal sealed class OneVotePerTerm
{
    public const string Property = "I9 one vote per term";
    private readonly Dictionary<(int Node, ulong Term), NodeId> _votes = [];

    /// <summary>A term and vote became durable on a node.</summary>
    public void Durable(int node, ulong term, NodeId vote)
    {
        if (!vote.IsNone && !_votes.TryAdd((node, term), vote) && _votes[(node, term)] != vote)
        {
            throw new PropertyViolatedException(
                Property, $"n{node + 1} voted for n{vote} in term {term} after it had voted for "
                    + $"n{_votes[(node, term)]}");
        }
    }

    /// <summary>Whom a node voted for, durably.</summary>
    public NodeId VoteOf(int node, ulong term) => _votes.GetValueOrDefault((node, term));
}
