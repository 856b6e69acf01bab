namespace Ikada.Consensus.Tests.Damage;

/// <summary>Nodes whose disks have suffered, in one line each.</summary>
internal static class Sick
{
    /// <summary>Node 1 of three, with damaged entries; those in <paramref name="lost"/> without their
    /// terms.</summary>
    public static TestNode Node(ulong[] log, ulong[] damaged, ulong[]? lost = null)
    {
        var node = new TestNode(new NodeSetup { Term = 5, Log = TestEntry.OfTerms(1, log) });
        Damage(node, damaged, lost);
        node.Restart(1);
        return node;
    }

    /// <summary>Node 1 of some, unsure of its log.</summary>
    public static TestNode Unsure(int size, ulong term, params ReadOnlySpan<ulong> log)
    {
        var node = Make.Follower(size, term, log);
        node.Disk.IsUnsure = true;
        node.Restart(1);
        return node;
    }

    public static void Damage(TestNode node, ulong[] damaged, ulong[]? lost = null)
    {
        foreach (var index in damaged)
        {
            node.Disk.Damaged[index] = lost?.Contains(index) ?? false;
        }
    }

    public static Message Reply(
        int from, ulong term, ulong after, ulong end, ulong commit = 0, LogPosition common = default) => new()
        {
            Type = MessageType.EntryReply, From = Make.Id(from), Term = new Term(term),
            Position = new LogPosition(new LogIndex(after), default), End = new LogIndex(end),
            Commit = new LogIndex(commit), Round = common.Index.Value, Sequence = common.Term.Value,
        };

    public static Message Request(
        int from, ulong after, ulong end, ulong term, LogPosition common = default) => new()
        {
            Type = MessageType.EntryRequest, From = Make.Id(from), Term = new Term(1),
            Position = new LogPosition(new LogIndex(after), new Term(term)), End = new LogIndex(end),
            Round = common.Index.Value, Sequence = common.Term.Value,
        };

    public static Message Told(
        int from, ulong term, LogPosition last, MessageFlags flags = default, ulong membership = 0) => new()
        {
            Type = MessageType.LastPositionReply, From = Make.Id(from), Term = new Term(term),
            Position = last,
            End = new LogIndex(membership), Flags = flags,
        };

    /// <summary>How it answers a request for a vote in a term that nobody has yet, when no promise of an
    /// earlier start can stand any more: of leases a damaged log may not tell.</summary>
    public static bool Votes(TestNode node, int candidate, LogPosition last)
    {
        node.TakeSent();
        node.Now += TimeSpan.FromSeconds(2);
        node.Receive(Make.Vote(candidate, node.Term + 1, last));
        return !Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject;
    }
}
