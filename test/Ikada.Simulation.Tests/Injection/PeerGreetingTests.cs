using Ikada.Simulation.Checkers;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Network;

namespace Ikada.Simulation.Tests.Injection;

public sealed class PeerGreetingTests
{
    [Fact]
    public void Who_is_not_what_it_says_is_refused_for_what_it_is()
    {
        var world = Calm.World();
        for (var i = 0; i < 40; i++)
        {
            world.Greetings.Impose();
        }

        Assert.True(world.Marks(Mark.OtherClusterRefused) > 0);
        Assert.True(world.Marks(Mark.WrongTargetRefused) > 0);
        Assert.True(world.Marks(Mark.StrangerRefused) > 0);
        Assert.True(world.Marks(Mark.OtherVersionRefused) > 0);
        world.Run();
    }

    [Fact]
    public void An_old_copy_of_a_directory_is_refused_by_all_that_have_seen_a_later_start_of_it()
    {
        var world = Calm.World();
        var old = world.Nodes[0].Machine.Codec.Sender;
        world.Schedule.Crash(world.Nodes[0], losesPower: true);
        world.GoOn(3000);
        Assert.True(world.Nodes[0].IsUp);
        world.Greetings.Impose(old);
        Assert.Equal(2, world.Marks(Mark.CopiedDirectoryRefused));
        world.Run();
    }

    [Fact]
    public void A_true_node_that_would_be_refused_is_a_violation()
    {
        var world = Calm.World();
        var (one, other) = (world.Nodes[0], world.Nodes[1]);
        world.Greetings.ShakeHands(one, other);
        other.Machine.Codec.Handshake!.SetMembers([]);
        var wrong = Assert.Throws<PropertyViolatedException>(() => world.Greetings.ShakeHands(one, other));
        Assert.Equal(PeerGreetings.Property, wrong.Property);
    }
}
