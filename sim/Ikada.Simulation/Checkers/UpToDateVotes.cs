using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Replica;

namespace Ikada.Simulation.Checkers;

/// <summary>
/// I10: a vote goes only to a candidate whose log is at least as up to date as the voter's (§5.4.1). Looked
/// at when the first reply of a node in a term leaves, while the node has heard of no leader of that term:
/// what such a leader appended came after the vote.
/// </summary>
internal sealed class UpToDateVotes(int nodes)
{
    public const string Property = "I10 votes go to logs that are up to date";
    private readonly (Term Term, LogPosition Last)[] _asked = new (Term, LogPosition)[nodes];
    private readonly Term[] _granted = new Term[nodes];

    /// <summary>A candidate asks for a vote.</summary>
    public void Asks(int candidate, in Message vote) => _asked[candidate] = (vote.Term, vote.Position);

    /// <summary>A vote leaves; <paramref name="status"/> and <paramref name="log"/> are those of the voter
    /// at the last look.</summary>
    public void Grants(int node, in Message reply, in ReplicaStatus status, LogMirror log)
    {
        var (term, asked) = _asked[(int)reply.To.Value - 1];
        var isFirst = reply.Term > _granted[node];
        _granted[node] = reply.Term;
        if (!isFirst || term != reply.Term || status.Term != reply.Term || !status.Leader.IsNone)
        {
            return;
        }

        var own = new LogPosition(new LogIndex(log.Last), new Term(log.LastTerm));
        if (own.Term == reply.Term)
        {
            return; // appended by the leader of that term, which the node may have lost again meanwhile
        }

        if (own.Term > asked.Term || (own.Term == asked.Term && own.Index > asked.Index))
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1}, whose log ends at {own.Term}/{own.Index}, votes in term {reply.Term} for "
                + $"n{reply.To}, whose log ends at {asked.Term}/{asked.Index}");
        }
    }
}
