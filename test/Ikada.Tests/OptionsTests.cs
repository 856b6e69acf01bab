namespace Ikada.Tests;

/// <summary>What is set badly is named, with its value and what would be right.</summary>
public sealed class OptionsTests
{
    [Theory]
    [InlineData("a", "", null, null, "RaftOptions.DataDirectory is empty")]
    [InlineData("", "d", null, null, "RaftOptions.Name is empty")]
    [InlineData("a\nb", "d", null, null, "RaftOptions.Name has 3 characters")]
    [InlineData("a", "d", "somewhere:1", null, "RaftOptions.Listen is 'somewhere:1'")]
    [InlineData("a", "d", "127.0.0.1", null, "RaftOptions.Listen is '127.0.0.1'")]
    [InlineData("a", "d", null, "b=h:1", "has no 'a'")]
    [InlineData("a", "d", null, "a=h", "has 'a' at 'h'")]
    [InlineData("a", "d", null, "a=h:0", "has 'a' at 'h:0'")]
    [InlineData("a", "d", null, "a=h:70000", "has 'a' at 'h:70000'")]
    [InlineData("a", "d", null, "a=::1:5", "has 'a' at '::1:5'")]
    [InlineData("a", "d", null, "a=h:1,b=H:1", "'a' and 'b' both at H:1")]
    [InlineData("a", "d", "[::1]:0", "a=[::1]:1,b=h:1", null)]
    public void Options_are_judged(
        string name, string directory, string? listen, string? members, string? wrong)
    {
        var options = new RaftOptions { Name = name, DataDirectory = directory, Listen = listen };
        foreach (var member in members?.Split(',') ?? [])
        {
            options.InitialMembers.Add(member.Split('=')[0], member.Split('=')[1]);
        }

        var problem = options.Validate();
        if (wrong is null)
        {
            Assert.Null(problem);
        }
        else
        {
            Assert.Contains(wrong, problem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Limits_of_connections_are_judged()
    {
        Says("RaftOptions.Connections: IncomingConnectionsMax is 0", new() { IncomingConnectionsMax = 0 });
        Says("HandshakeTimeout is 1 ms", new() { HandshakeTimeout = TimeSpan.FromMilliseconds(1) });
        Says("ReconnectDelayMin (10 ms)", new() { ReconnectDelayMax = TimeSpan.FromMilliseconds(1) });
        Says("UnacknowledgedMax is 5 ms", new() { UnacknowledgedMax = TimeSpan.FromMilliseconds(5) });
        Says("QueueFramesMax is 1;", new() { QueueFramesMax = 1 });

        static void Says(string wrong, ConnectionOptions connections) => Assert.Contains(
            wrong, new RaftOptions { DataDirectory = "d", Connections = connections }.Validate(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_state_machine_is_refused()
    {
        var wrong = await Assert.ThrowsAsync<ArgumentException>(
            () => Raft.StartAsync(
                new RaftOptions { DataDirectory = "d" }, "a string", cancellation: Group.Token));
        Assert.Contains("System.String is no state machine", wrong.Message, StringComparison.Ordinal);
    }
}
