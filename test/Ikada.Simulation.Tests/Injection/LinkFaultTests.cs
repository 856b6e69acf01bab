using Ikada.Simulation.Coverage;
using Ikada.Simulation.Network;

namespace Ikada.Simulation.Tests.Injection;

public sealed class LinkFaultTests
{
    [Fact]
    public void A_small_queue_overflows_and_its_node_is_told_of_it_of_room_and_of_what_was_never_sent()
    {
        var world = Calm.World();
        foreach (var link in world.Network.Links)
        {
            world.Network.Queues.Narrow(link, new SlowQueue(2, 4096, 8 << 10));
        }

        world.GoOn(1500);
        Assert.True(world.Marks(Mark.QueueFull) > 0);
        Assert.True(world.Marks(Mark.QueueDrained) > 0);
        foreach (var link in world.Network.Links)
        {
            world.Network.Reset(link);
        }

        Assert.True(world.Marks(Mark.QueueDropped) > 0);
        world.Run();
    }

    // As the transport tells it. Without it a leader never sent the rest of a snapshot to a peer whose own
    // connection stood all the time.
    [Fact]
    public void Who_can_send_again_is_told_that_the_peers_own_connection_stands()
    {
        var world = Calm.World();
        var noticed = world.Now;
        world.Network.Reset(world.Network.Between(0, 1));
        var told = new List<string>();
        for (var i = 1; i <= 50; i++)
        {
            world.RunUntil(noticed + (i * Time.Draw.Millisecond));
            told.AddRange(world.Log.Last(40).Where(line =>
                line.Contains("n2→n1   told:", StringComparison.Ordinal) && !told.Contains(line)));
        }

        Assert.True(world.Network.Between(0, 1).IsOpen);
        Assert.EndsWith("open", told[^1], StringComparison.Ordinal);
        Assert.Contains(told, line => line.EndsWith("closed", StringComparison.Ordinal));
        Assert.True(world.Network.Notices.LastClosing >= noticed);
        world.Run();
    }

    [Fact]
    public void Votes_and_heartbeats_find_room_in_a_queue_full_of_entries()
    {
        var queue = new SlowQueue(2, 4096, 1 << 20);
        Assert.True(queue.TryAdd(Frame(100), isUrgent: false));
        Assert.True(queue.TryAdd(Frame(100), isUrgent: false));
        Assert.False(queue.TryAdd(Frame(100), isUrgent: false));
        Assert.True(queue.TryAdd(Frame(100), isUrgent: true));
        Assert.False(queue.IsHalfEmpty);
    }

    [Fact]
    public void Frames_that_break_off_are_not_taken_and_cost_their_connection()
    {
        var world = Calm.World();
        foreach (var link in world.Network.Links)
        {
            link.Conditions = LinkConditions.Calm with { TruncatePerMillion = 20_000 };
        }

        world.GoOn(3000);
        Assert.True(world.Marks(Mark.TruncatedHeader) > 0);
        Assert.True(world.Marks(Mark.TruncatedPayload) > 0);
        Assert.True(world.Network.Notices.LastClosing > 0);
        world.Run();
    }

    [Fact]
    public void Where_all_heartbeats_are_lost_the_leader_goes_and_where_votes_are_none_comes()
    {
        var world = Calm.World();
        Assert.NotNull(world.Operators.Leader());
        Lose(world, MessageClass.HeartbeatReplies, MessageClass.AppendReplies, MessageClass.Votes);
        world.GoOn(4000);
        Assert.Null(world.Operators.Leader());
        Assert.True(world.Marks(Mark.LostVotes) > 0 && world.Marks(Mark.LostHeartbeatReplies) > 0);
        Assert.True(world.Marks(Mark.LostHeartbeats) == 0);
        world.Run();
    }

    [Fact]
    public void A_frame_over_the_limit_is_not_sent_or_refused_and_later_gets_through()
    {
        var world = Calm.World();
        foreach (var link in world.Network.Links)
        {
            (link.SendBytesMax, link.TakeBytesMax) =
                link.From == 0 ? (300, int.MaxValue) : (int.MaxValue, 300);
        }

        world.GoOn(3000);
        Assert.True(world.Marks(Mark.TooLongToSend) > 0);
        Assert.True(world.Marks(Mark.TooLongToTake) > 0);
        world.Run();
    }

    // Which of the two is found first depends on which byte was hit.
    [Fact]
    public void A_frame_over_the_limit_may_be_corrupted_as_well()
    {
        var world = Calm.World();
        foreach (var link in world.Network.Links)
        {
            link.TakeBytesMax = 300;
            link.Conditions = LinkConditions.Calm with { CorruptPerMillion = 500_000 };
        }

        world.GoOn(3000);
        Assert.True(world.Marks(Mark.TooLongToTake) > 0);
        world.Run();
    }

    [Fact]
    public void A_clogged_link_holds_everything_back()
    {
        var world = Calm.World();
        world.GoOn(100);
        Assert.Equal(0, world.Marks(Mark.LinkClogged));
        foreach (var link in world.Network.Links)
        {
            link.CloggedUntil = world.Now + (500 * Time.Draw.Millisecond);
        }

        world.GoOn(1000);
        Assert.True(world.Marks(Mark.LinkClogged) > 0);
        world.Run();
    }

    private static void Lose(World world, params ReadOnlySpan<MessageClass> classes)
    {
        foreach (var link in world.Network.Links)
        {
            foreach (var one in classes)
            {
                link.LostTypes |= MessageClasses.TypesOf(one);
            }
        }
    }

    private static SimFrame Frame(int length)
    {
        var frame = new SimFrame();
        frame.GetSpan(length);
        frame.Advance(length);
        return frame;
    }
}
