namespace Ikada;

/// <summary>What a node that joins a group is to be.</summary>
public enum JoinRole
{
    /// <summary>It votes, once it has caught up.</summary>
    Voter = 0,

    /// <summary>It receives everything and is not counted.</summary>
    Learner,
}
