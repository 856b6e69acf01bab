namespace Ikada.Consensus.Tests.Reads;

/// <summary>What a heartbeat says, and what an answer to one sets going (§5.2, §5.3).</summary>
public sealed class Heartbeats
{
    private static readonly TimeSpan Interval = new ConsensusOptions().HeartbeatInterval;

    [Covers("BcastBeat")]
    [Fact]
    public void A_heartbeat_carries_the_lower_of_the_commit_index_and_what_that_follower_holds()
    {
        var leader = Make.Leader(size: 3, term: 2, 1, 1, 1);
        leader.Receive(Make.Ack(from: 2, term: 2, match: 4));
        leader.Receive(Make.Ack(from: 3, term: 2, match: 2));
        leader.Sent.Clear();

        leader.TickAfter(Interval);

        var beats = leader.TakeSent(MessageType.Heartbeat);
        Assert.Equal(4ul, leader.Commit);
        Assert.Equal([(2, 4ul), (3, 2ul)],
            beats.Select(each => ((int)each.Message.To.Value, each.Message.Commit.Value)));
    }

    [Covers("RecvMsgBeat")]
    [Theory]
    [InlineData(Role.Follower)]
    [InlineData(Role.PreCandidate)]
    [InlineData(Role.Candidate)]
    [InlineData(Role.Leader)]
    public void Only_a_leader_sends_heartbeats(Role role)
    {
        var node = role switch
        {
            Role.Leader => Make.LeaderInTouch(),
            Role.Candidate => Make.Candidate(),
            _ => Make.Follower(),
        };
        if (role == Role.PreCandidate)
        {
            node.PassDeadline();
        }

        Assert.Equal(role, node.Role);
        node.Sent.Clear();
        node.TickAfter(Interval);

        Assert.Equal(role == Role.Leader ? 2 : 0, node.TakeSent(MessageType.Heartbeat).Length);
    }

    [Covers("HandleHeartbeat")]
    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    public void A_heartbeat_raises_the_commit_index_and_never_lowers_it(ulong told, ulong commit)
    {
        var log = TestEntry.OfTerms(1, [1, 2, 2]);
        var node = new TestNode(new NodeSetup { Term = 2, Commit = 2, Log = log });

        node.Receive(Make.Heartbeat(from: 2, term: 2, told, round: 4));

        Assert.Equal(commit, node.Commit);
        var reply = Assert.Single(node.TakeSent(MessageType.HeartbeatReply)).Message;
        Assert.Equal((4ul, false), (reply.Round, reply.Reject));
    }

    [Covers("HandleHeartbeatResp",
        Note = "A lost append is found by asking, without entries, whether all arrived.")]
    [Fact]
    public void An_answered_heartbeat_finds_what_a_follower_lacks()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 1);
        leader.Propose("a");
        leader.Sent.Clear();

        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round: 1));
        var asked = Assert.Single(leader.TakeSent(MessageType.Append)).Message;
        Assert.Equal(2, (int)asked.To.Value);
        leader.Receive(Make.Refusal(from: 2, term: 1, rejected: asked.Position.Index.Value, Make.At(1, 1)));
        Assert.Equal("a", Assert.Single(leader.TakeSent(MessageType.Append)).Entries[^1].Body);
        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));
        leader.Sent.Clear();
        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round: 2));

        Assert.Empty(leader.TakeSent(MessageType.Append));
    }

    [Fact]
    public void A_heartbeat_of_round_0_wants_no_answer()
    {
        var node = Make.Follower(term: 1);

        node.Receive(Make.Heartbeat(from: 2, term: 1, round: 0));

        Assert.Empty(node.TakeSent(MessageType.HeartbeatReply));
        Assert.Equal(2, node.Leader);
    }

    [Covers("MsgAppFlowControlRecvHeartbeat",
        Note = "The one message carries no entries: it asks what has arrived.")]
    [Fact]
    public void An_answered_heartbeat_lets_one_message_past_a_full_window()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 1);
        for (var i = 0; i < new ConsensusOptions().InflightAppendsMax + 5; i++)
        {
            leader.Propose("a");
        }

        leader.Sent.Clear();
        leader.Propose("b");
        Assert.Empty(leader.TakeSent(MessageType.Append));

        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round: 1));
        Assert.Empty(Assert.Single(leader.TakeSent(MessageType.Append)).Entries);
        leader.Propose("c");

        Assert.Empty(leader.TakeSent(MessageType.Append));
    }
}
