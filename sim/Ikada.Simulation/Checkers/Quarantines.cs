using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Replica;

namespace Ikada.Simulation.Checkers;

/// <summary>
/// I24, the other side: a node is quarantined only if its state is wrong, and nobody calls the states
/// disputed where all are right. That whoever is wrong is found and rebuilt, <see cref="LivenessPhase"/>
/// demands: all states are one in the end.
/// </summary>
internal sealed class Quarantines(int nodes)
{
    public const string Property = "I24 nobody is quarantined whose state is right";
    private readonly ulong[] _taints = new ulong[nodes];

    /// <summary>Whether any state is wrong, as far as is known of nodes that are down.</summary>
    public bool IsAnyWrong => Array.Exists(_taints, taint => taint != 0);

    /// <summary>A node's state stands, wrong by that much; 0: it is right.</summary>
    public void Stands(int node, ulong taint) => _taints[node] = taint;

    /// <summary>A node says what comparing states brought.</summary>
    public void Observed(int node, in StateFact fact, Membership membership)
    {
        // A leader that went wrong may have given others its snapshot before it was found.
        var wrong = 0;
        foreach (var voter in membership.Voters)
        {
            wrong += _taints[(int)voter.Value - 1] != 0 ? 1 : 0;
        }

        var isMajorityWrong = wrong >= Quorum.MajorityOf(membership.Voters.Length);
        if ((fact.Kind == StateFactKind.Disputed && !IsAnyWrong)
            || (fact.Kind == StateFactKind.Quarantined && _taints[node] == 0 && !isMajorityWrong))
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} says {fact.Kind} at {fact.Differs}, agreed at {fact.Agreed}; {wrong} of "
                + $"{membership.Voters.Length} voters have a wrong state");
        }
    }
}
