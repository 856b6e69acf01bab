using Ikada.InProcess;

namespace Ikada.LibraryNode;

/// <summary>Many groups over one log and one set of threads.</summary>
internal sealed class GroupsNode(RaftHost host, IReadOnlyList<IRaft<Adder>> groups) : IReplicatedNode
{
    private const int OpenedAtATime = 64;

    public IReadOnlyList<Propose> Led =>
        [.. groups.Where(group => group.Leadership.IsHeld).Select(ProposeTo)];

    public static async Task<GroupsNode> StartAsync(NodeArguments arguments, int count)
    {
        var options = new RaftHostOptions();
        SingleNode.Describe(options.Process, arguments);
        var host = await RaftHost.StartAsync(options);
        using var few = new SemaphoreSlim(OpenedAtATime);
        var groups = await Task.WhenAll(Enumerable.Range(0, count).Select(async number =>
        {
            await few.WaitAsync();
            try
            {
                return await host.OpenAsync($"group-{number}", new Adder());
            }
            finally
            {
                few.Release();
            }
        }));
        return new GroupsNode(host, groups);
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    private static Propose ProposeTo(IRaft group) =>
        async command => (await group.ProposeAsync(command)).IsApplied;
}
