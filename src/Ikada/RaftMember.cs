using Ikada.Primitives;

namespace Ikada;

/// <summary>A member of the group.</summary>
/// <param name="Id">Its id: a hash of its name and the cluster's.</param>
/// <param name="Name">Its name.</param>
/// <param name="Address">Where the others reach it: host:port.</param>
/// <param name="IsVoter">Whether it votes; else it is a learner, which receives everything and is not
/// counted.</param>
public sealed record RaftMember(NodeId Id, string Name, string Address, bool IsVoter)
{
    /// <summary>Whether its directory is known to the group: what it acknowledges counts from then on, and
    /// another directory in its place is recognized.</summary>
    public bool IsBound { get; init; }

    /// <summary>Name and address.</summary>
    public override string ToString() => $"{Name} at {Address}";
}
