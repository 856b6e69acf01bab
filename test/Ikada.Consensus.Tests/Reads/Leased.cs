namespace Ikada.Consensus.Tests.Reads;

/// <summary>Nodes of a group with lease reads on, in one line each. A lease of 800 ms with a drift of 1 %:
/// the leader counts on 792 ms, a voter promises 808 ms.</summary>
internal static class Leased
{
    public static readonly TimeSpan Lease = TimeSpan.FromMilliseconds(800);
    public static readonly TimeSpan LeadersPart = TimeSpan.FromMilliseconds(792);
    public static readonly TimeSpan VotersPart = TimeSpan.FromMilliseconds(808);

    public static Membership Of(int size, TimeSpan? lease = null)
    {
        var plain = NodeSetup.VotersOf(size);
        return new Membership(plain.Members, plain.Voters) { Lease = lease ?? Lease };
    }

    /// <summary>Node 1, leading term 1, all it has committed; no round sent yet.</summary>
    public static TestNode Leader(int size = 3, Membership? membership = null)
    {
        var node = Elected(size, membership);
        for (var peer = 2; peer <= size; peer++)
        {
            node.Receive(Make.Ack(peer, term: 1, match: 1));
        }

        node.Sent.Clear();
        return node;
    }

    /// <summary>Node 1, leading term 1, nothing of it committed.</summary>
    public static TestNode Elected(int size = 3, Membership? membership = null)
    {
        var node = new TestNode(new NodeSetup { Membership = membership ?? Of(size) });
        node.Now += TimeSpan.FromSeconds(2);
        node.Tick();
        node.PassDeadline();
        for (var voter = 2; voter <= size; voter++)
        {
            node.Receive(Make.PreVoteReply(voter, node.Term + 1));
        }

        for (var voter = 2; voter <= size; voter++)
        {
            node.Receive(Make.VoteReply(voter, node.Term));
        }

        Assert.Equal((Role.Leader, 1ul), (node.Role, node.Term));
        node.Sent.Clear();
        return node;
    }

    /// <summary>A leader that begins a round now; the round's number.</summary>
    public static ulong Round(TestNode leader)
    {
        leader.Sent.Clear();
        leader.Now = leader.Core.NextDeadline;
        leader.Tick();
        return leader.TakeSent(MessageType.Heartbeat)[0].Message.Round;
    }

    public static Message Grant(int from, ulong round, ulong term = 1) =>
        Make.HeartbeatReply(from, term, round) with { Flags = MessageFlags.Lease };

    /// <summary>A heartbeat that asks for a promise of that length.</summary>
    public static Message Asking(
        int from, ulong term, ulong round = 1, ulong commit = 0, TimeSpan? lease = null) =>
        Make.Heartbeat(from, term, commit, round) with
        {
            Flags = MessageFlags.Lease,
            Sequence = (ulong)(lease ?? Lease).Ticks,
        };

    /// <summary>Node 1, following node 2 of term 1, that has been up for long.</summary>
    public static TestNode Follower(Membership? membership = null, params TestEntry[] log)
    {
        var node = new TestNode(new NodeSetup { Membership = membership ?? Of(3), Term = 1, Log = log });
        node.Now += TimeSpan.FromSeconds(2);
        node.Opened(2);
        node.Opened(3);
        return node;
    }

    public static bool Promised(TestNode node) =>
        Assert.Single(node.TakeSent(MessageType.HeartbeatReply)).Message.Has(MessageFlags.Lease);

    /// <summary>Whether a node grants a pre-vote and then the vote to node 3 in that term; they
    /// agree.</summary>
    public static bool Grants(TestNode node, ulong term = 2)
    {
        node.Sent.Clear();
        node.Receive(Make.PreVote(from: 3, term, Make.At(9, 9)));
        var preVote = !Assert.Single(node.TakeSent(MessageType.PreVoteReply)).Message.Reject;
        node.Receive(Make.Vote(from: 3, term, Make.At(9, 9)));
        var vote = node.TakeSent(MessageType.VoteReply).Any(each => !each.Message.Reject);
        Assert.Equal(preVote, vote);
        return vote;
    }

    /// <summary>Whether a read is answered in the step that asks for it, and until when that
    /// counts.</summary>
    public static bool AnswersAtOnce(TestNode leader, out Instant expiresAt, bool withoutLease = false)
    {
        leader.Answers.Clear();
        leader.Step(Input.ReadRequested(leader.Now, 9, withoutLease));
        expiresAt = leader.Answers.Count > 0 ? leader.Answers[0].ExpiresAt : default;
        return leader.Answers is [{ Kind: EffectKind.AnswerRead }];
    }
}
