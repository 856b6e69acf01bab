namespace Ikada.Consensus.Tests.Paper;

/// <summary>§5.1: terms act as a logical clock.</summary>
public sealed class Section51Terms
{
    public static TheoryData<MessageType> TermBearing =>
    [
        MessageType.Vote, MessageType.VoteReply, MessageType.Append, MessageType.AppendReply,
        MessageType.Heartbeat, MessageType.HeartbeatReply,
    ];

    [Theory]
    [MemberData(nameof(TermBearing))]
    [Covers("FollowerUpdateTermFromMessage")]
    public void Section_5_1_a_follower_takes_a_higher_term_from_any_message(MessageType type) =>
        TakesHigherTerm(Make.Follower(term: 1), type);

    [Theory]
    [MemberData(nameof(TermBearing))]
    [Covers("CandidateUpdateTermFromMessage")]
    public void Section_5_1_a_candidate_takes_a_higher_term_and_follows(MessageType type) =>
        TakesHigherTerm(Make.Candidate(term: 1), type);

    [Theory]
    [InlineData(MessageType.VoteReply)]
    [InlineData(MessageType.Append)]
    [InlineData(MessageType.AppendReply)]
    [InlineData(MessageType.Heartbeat)]
    [InlineData(MessageType.HeartbeatReply)]
    [Covers("LeaderUpdateTermFromMessage")]
    public void Section_5_1_a_leader_takes_a_higher_term_and_follows(MessageType type) =>
        TakesHigherTerm(Make.Leader(term: 1), type);

    [Theory]
    [MemberData(nameof(TermBearing))]
    [Covers("RejectStaleTermMessage")]
    public void Section_5_1_a_message_of_a_lower_term_changes_nothing(MessageType type)
    {
        var node = Make.Follower(size: 3, term: 2, 1, 2);

        node.Receive(Of(type, 1));

        Assert.Equal(2ul, node.Term);
        Assert.Equal(0, node.Leader);
        Assert.Equal([1ul, 2ul], node.Terms);
        Assert.DoesNotContain(node.LastEffects, effect => effect.Kind != EffectKind.Send);
    }

    [Theory]
    [InlineData(MessageType.Vote, MessageType.VoteReply)]
    [InlineData(MessageType.Append, MessageType.AppendReply)]
    [InlineData(MessageType.Heartbeat, MessageType.HeartbeatReply)]
    [Covers("RejectStaleTermMessage")]
    public void Section_5_1_a_request_of_a_lower_term_is_refused_with_the_own_term(
        MessageType type, MessageType reply)
    {
        var node = Make.Follower(term: 2);

        node.Receive(Of(type, 1));

        var answer = Assert.Single(node.TakeSent()).Message;
        Assert.Equal(reply, answer.Type);
        Assert.True(answer.Reject);
        Assert.Equal(2ul, answer.Term.Value);
        Assert.Equal(Make.Id(2), answer.To);
    }

    [Fact]
    public void Section_5_1_a_new_term_has_no_vote_yet()
    {
        var node = new TestNode(new NodeSetup { Term = 1, Vote = 2 });

        node.Receive(Make.Heartbeat(from: 3, term: 2));

        Assert.Equal(NodeId.None, node.Disk.HardState.Vote);
        Assert.Equal(2ul, node.Disk.HardState.Term.Value);
    }

    private static void TakesHigherTerm(TestNode node, MessageType type)
    {
        node.Receive(Of(type, 9));

        Assert.Equal(9ul, node.Term);
        Assert.Equal(Role.Follower, node.Role);
        Assert.Equal(9ul, node.Disk.HardState.Term.Value);
        var fromLeader = type is MessageType.Append or MessageType.Heartbeat;
        Assert.Equal(fromLeader ? 2 : 0, node.Leader);
    }

    private static Message Of(MessageType type, ulong term) => type switch
    {
        MessageType.Append => Make.Append(from: 2, term),
        MessageType.Vote => Make.Vote(from: 2, term, Make.At(term, 100)),
        _ => new Message { Type = type, From = Make.Id(2), Term = new Term(term), Round = 1 },
    };
}
