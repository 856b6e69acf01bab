using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Simulation.Trace;

/// <summary>What the trace knows of a node: its state as the last written line shows it.</summary>
internal sealed class TracedNode(NodeId id)
{
    public NodeId Id { get; } = id;

    public Term Term { get; set; }

    /// <summary>The term in which the role was last told.</summary>
    public Term RoleTerm { get; set; }

    public NodeId Vote { get; set; }

    public LogIndex Commit { get; set; }

    public Role Role { get; set; }

    /// <summary>The last index of the log.</summary>
    public LogIndex Log { get; set; }

    public LogIndex Durable { get; set; }

    public Membership Conf { get; set; } = Membership.Empty;

    /// <summary>The role in the words of the trace format. A pre-vote changes no state of the specification:
    /// who asks for one is still a follower there.</summary>
    public string RoleName => Role switch
    {
        Role.Leader => "StateLeader",
        Role.Candidate => "StateCandidate",
        _ => "StateFollower",
    };
}
