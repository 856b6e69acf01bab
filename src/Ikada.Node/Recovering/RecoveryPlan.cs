using Ikada.Log;
using Ikada.Primitives;

namespace Ikada.Node;

/// <summary>What <see cref="MajorityLost"/> does.</summary>
/// <param name="Identity">Whose directory it is, as it was found.</param>
/// <param name="Cluster">The id of the group that comes of it.</param>
/// <param name="Groups">What the log holds.</param>
public sealed record RecoveryPlan(
    DirectoryIdentity Identity, ClusterId Cluster, IReadOnlyList<SurvivorState> Groups)
{
    /// <summary>Whether it was done before and cut off near its end: only that is left to do.</summary>
    public bool IsCut { get; init; }

    /// <summary>Why it cannot be done; null: it can.</summary>
    public string? Obstacle
    {
        get
        {
            var isAlone = true;
            foreach (var state in Groups)
            {
                if (state.Obstacle is { } obstacle)
                {
                    return $"group {state.Group}: {obstacle}";
                }

                isAlone &= state.IsAlone;
            }

            return IsCut || !isAlone ? null
                : Groups.Count == 0 ? "the log holds nothing: there is nothing to recover"
                : $"node {Identity.Node} is its only member already: start it";
        }
    }

    /// <summary>The membership that comes of a group's: this node alone, with the directory that it
    /// has.</summary>
    public Membership MembershipOf(SurvivorState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var own = state.Membership.Find(Identity.Node)
            ?? throw new ArgumentException($"node {Identity.Node} is no member of {state.Membership}");
        return new Membership([own with { Incarnation = Identity.Incarnation }], [Identity.Node])
        {
            Lease = state.Membership.Lease,
        };
    }
}
