using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Simulation.Checkers;

/// <summary>
/// I8 for the match index, which heartbeats show: within a leadership it never falls, unless the peer was
/// added anew (it starts at 0, with a change of the membership) or has lost its log. It may fall for a peer
/// whose log was injured: that may say itself that it has lost what it had acknowledged. Then it falls to 0,
/// and may have grown to what the peer holds before the next heartbeat leaves.
/// </summary>
internal sealed class MatchGrowth(int nodes)
{
    public const string Property = "I8 a match index never falls within a leadership";
    private readonly Seen[,] _seen = new Seen[nodes, nodes];

    /// <summary>A heartbeat leaves.</summary>
    /// <param name="node">The leader.</param>
    /// <param name="heartbeat">It.</param>
    /// <param name="memberships">How many membership entries the leader's log holds.</param>
    /// <param name="peer">What is known of whom it goes to.</param>
    public void Leaves(int node, in Message heartbeat, int memberships, NodeView peer)
    {
        ref var seen = ref _seen[node, peer.Node];
        var isSame = seen.Term == heartbeat.Term && seen.Memberships == memberships;
        var hasLost = peer.Status.IsTreatedAsWiped
            || (seen.Term == heartbeat.Term && (seen.HasLost || seen.Life != peer.Life));
        var match = heartbeat.Position.Index;
        if (isSame && !hasLost && match < seen.Match
            && (!peer.WasInjured || match.Value > peer.Durable.Last))
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} leads in term {heartbeat.Term} and knew that n{peer.Id} holds entries up to "
                + $"{seen.Match}; now it knows it up to {match}");
        }

        seen = new Seen(heartbeat.Term, memberships, peer.Life, hasLost, match);
    }

    private readonly record struct Seen(Term Term, int Memberships, int Life, bool HasLost, LogIndex Match);
}
