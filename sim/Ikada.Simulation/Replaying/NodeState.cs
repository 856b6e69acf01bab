using System.Globalization;
using Ikada.Primitives;
using Ikada.Simulation.Nodes;

namespace Ikada.Simulation.Replaying;

/// <summary>What a node stands at, as one row of words.</summary>
internal sealed class NodeState
{
    /// <summary>The heads of the columns.</summary>
    public static readonly string[] Heads =
    [
        "node", "process", "role", "term", "vote", "leader", "commit", "applied", "last", "durable",
        "members", "disk",
    ];

    private NodeState(string[] words) => Words = words;

    /// <summary>A word for each of <see cref="Heads"/>.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>All nodes of a world.</summary>
    public static NodeState[] Of(World world) => Array.ConvertAll(world.Nodes, node => Of(world, node));

    private static NodeState Of(World world, SimulatedNode node)
    {
        var view = world.Checks.View(node.Index);
        var name = string.Create(CultureInfo.InvariantCulture, $"n{node.Index + 1}");
        var vote = Name(view.DurableVote);
        var durable = Text(view.Durable.Last);
        if (node.Process is not { } process)
        {
            return new NodeState(
                [name, "down", "", Text(view.DurableTerm), vote, "", "", "", "", durable, "", ""]);
        }

        var status = node.Status;
        return new NodeState(
        [
            name, ProcessText(node), status.Role.ToString().ToLowerInvariant(), Text(status.Term.Value), vote,
            Name(status.Leader), Text(status.Commit.Value), Text(status.Applied.Value),
            $"{status.Last.Term}/{status.Last.Index}", durable, Members(process.Replica.Membership),
            node.Machine.DiskQueue == 0 ? "idle" : $"{node.Machine.DiskQueue} to do",
        ]);
    }

    private static string ProcessText(SimulatedNode node)
    {
        var status = node.Status;
        var text = node.IsPaused ? "paused" : "up";
        text += status.IsFull ? " full" : string.Empty;
        text += status.IsUnsure ? " unsure" : string.Empty;
        text += status.IsTreatedAsWiped ? " as-wiped" : string.Empty;
        text += status.IsStateMissing ? " no-state" : string.Empty;
        return status.DamagedEntries > 0 ? text + " damaged" : text;
    }

    // Voters; behind an arrow those that a joint state leaves; behind a plus learners.
    private static string Members(Membership membership)
    {
        var text = Ids(membership.Voters);
        text += membership.IsJoint ? $"<-{Ids(membership.OutgoingVoters)}" : string.Empty;
        return membership.Learners.IsEmpty ? text : $"{text}+{Ids(membership.Learners)}";
    }

    private static string Ids(ReadOnlySpan<NodeId> ids)
    {
        var text = string.Empty;
        foreach (var id in ids)
        {
            text += (text.Length == 0 ? string.Empty : ",") + Text(id.Value);
        }

        return text;
    }

    private static string Name(NodeId id) => id.IsNone ? "-" : $"n{Text(id.Value)}";

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}
