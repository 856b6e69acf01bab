namespace Ikada.Consensus.Tests.Harness;

/// <summary>Nodes in a wanted state and messages from others, in one line each.</summary>
internal static class Make
{
    public static TestNode Follower(int size = 3, ulong term = 0, params ReadOnlySpan<ulong> log) =>
        new(new NodeSetup
        {
            Membership = NodeSetup.VotersOf(size), Term = term, Log = TestEntry.OfTerms(1, log),
        });

    /// <summary>Node 1, asking for votes in <paramref name="term"/>.</summary>
    public static TestNode Candidate(int size = 3, ulong term = 1, params ReadOnlySpan<ulong> log)
    {
        var node = Follower(size, term - 1, log);
        node.PassDeadline();
        for (var voter = 2; node.Role == Role.PreCandidate && voter <= size; voter++)
        {
            node.Receive(new Message
            {
                Type = MessageType.PreVoteReply, From = Id(voter), Term = new Term(term),
            });
        }

        if (size > 1)
        {
            Assert.Equal(Role.Candidate, node.Role);
        }

        Assert.Equal(term, node.Term);
        return node;
    }

    /// <summary>
    /// Node 1, leading <paramref name="term"/>; its empty entry is durable, what it sent is taken.
    /// </summary>
    public static TestNode Leader(int size = 3, ulong term = 1, params ReadOnlySpan<ulong> log)
    {
        var node = Candidate(size, term, log);
        for (var voter = 2; node.Role == Role.Candidate; voter++)
        {
            node.Receive(VoteReply(voter, term));
        }

        Assert.Equal(Role.Leader, node.Role);
        node.Sent.Clear();
        return node;
    }

    /// <summary>A leader whose followers have acknowledged all it has: all of it is committed.</summary>
    public static TestNode LeaderInTouch(int size = 3, ulong term = 1, params ReadOnlySpan<ulong> log)
    {
        var node = Leader(size, term, log);
        for (var peer = 2; peer <= size; peer++)
        {
            node.Receive(Ack(peer, term, (ulong)node.Log.Count));
        }

        Assert.Equal((ulong)node.Log.Count, node.Commit);
        node.Sent.Clear();
        return node;
    }

    public static NodeId Id(int id) => new((ulong)id);

    public static LogPosition At(ulong term, ulong index) => new(new LogIndex(index), new Term(term));

    public static Message Vote(int from, ulong term, LogPosition last = default) =>
        new() { Type = MessageType.Vote, From = Id(from), Term = new Term(term), Position = last };

    public static Message PreVote(int from, ulong term, LogPosition last = default) =>
        new() { Type = MessageType.PreVote, From = Id(from), Term = new Term(term), Position = last };

    public static Message VoteReply(int from, ulong term, bool reject = false) =>
        new() { Type = MessageType.VoteReply, From = Id(from), Term = new Term(term), Reject = reject };

    public static Message PreVoteReply(int from, ulong term, bool reject = false) =>
        new() { Type = MessageType.PreVoteReply, From = Id(from), Term = new Term(term), Reject = reject };

    public static Message Append(
        int from, ulong term, LogPosition previous = default, int count = 0, ulong commit = 0) => new()
        {
            Type = MessageType.Append, From = Id(from), Term = new Term(term), Position = previous,
            End = previous.Index + (ulong)count, Commit = new LogIndex(commit),
        };

    public static Message Heartbeat(int from, ulong term, ulong commit = 0, ulong round = 1) => new()
    {
        Type = MessageType.Heartbeat, From = Id(from), Term = new Term(term), Commit = new LogIndex(commit),
        Round = round,
    };

    public static Message HeartbeatReply(int from, ulong term, ulong round) =>
        new() { Type = MessageType.HeartbeatReply, From = Id(from), Term = new Term(term), Round = round };

    /// <summary>Durable and equal up to <paramref name="match"/>.</summary>
    public static Message Ack(int from, ulong term, ulong match) => new()
    {
        Type = MessageType.AppendReply, From = Id(from), Term = new Term(term),
        Position = new LogPosition(new LogIndex(match), default),
    };

    public static Message Refusal(int from, ulong term, ulong rejected, LogPosition hint) => new()
    {
        Type = MessageType.AppendReply, From = Id(from), Term = new Term(term), Reject = true,
        End = new LogIndex(rejected), Position = hint,
    };
}
