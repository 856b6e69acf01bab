using Ikada.InProcess;

namespace Ikada.LibraryNode;

/// <summary>One group.</summary>
internal sealed class SingleNode(IRaft<Adder> raft) : IReplicatedNode
{
    public IReadOnlyList<Propose> Led =>
        raft.Leadership.IsHeld ? [async command => (await raft.ProposeAsync(command)).IsApplied] : [];

    public static async Task<SingleNode> StartAsync(NodeArguments arguments)
    {
        var options = new RaftOptions();
        Describe(options, arguments);
        if (arguments.Mode == "plain")
        {
            options.Sessions = null;
        }

        return new SingleNode(await Raft.StartAsync(options, new Adder()));
    }

    /// <summary>Names the node and its cluster.</summary>
    public static void Describe(RaftOptions options, NodeArguments arguments)
    {
        options.Name = $"n{arguments.Number}";
        options.Cluster = "bench";
        options.ElectionTimeout = TimeSpan.FromMilliseconds(NodeArguments.ElectionMilliseconds);
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(NodeArguments.HeartbeatMilliseconds);
        options.DataDirectory = arguments.Directory;
        for (var i = 0; i < arguments.Addresses.Count; i++)
        {
            options.InitialMembers.Add($"n{i}", arguments.Addresses[i].ToString());
        }
    }

    public ValueTask DisposeAsync() => raft.DisposeAsync();
}
