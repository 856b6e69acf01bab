using Ikada.Primitives;
using Ikada.Replica;

namespace Ikada.Simulation.Checkers;

/// <summary>What the checkers know of a node: its log in memory and on disk, its vote on disk, its status
/// after its last step.</summary>
internal sealed class NodeView(int node)
{
    public int Node { get; } = node;

    /// <summary>Whether it runs.</summary>
    public bool IsUp { get; set; }

    /// <summary>The log as the node's memory has it.</summary>
    public LogMirror Memory { get; private set; } = new();

    /// <summary>The log as a power cut would leave it.</summary>
    public LogMirror Durable { get; } = new();

    /// <summary>The term on the disk.</summary>
    public ulong DurableTerm { get; set; }

    /// <summary>The vote on the disk, in <see cref="DurableTerm"/>.</summary>
    public NodeId DurableVote { get; set; }

    /// <summary>The status after the last step.</summary>
    public ReplicaStatus Status { get; set; }

    /// <summary>A new life begins: memory and status are empty.</summary>
    public void Restart()
    {
        Memory = new LogMirror();
        Status = default;
        IsUp = true;
    }
}
