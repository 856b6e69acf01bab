namespace Ikada.Consensus.Tests.Replicating;

/// <summary>Replicating allocates nothing once the buffers have their size: total bytes over a million
/// entries, unrounded. The same loop as in bench/Ikada.Benchmarks.</summary>
public sealed class SteadyStateAllocations
{
    private const int Batch = 64;
    private const int Entries = 1_000_000;
    private static readonly EntryHeader[] Proposals =
        [.. Enumerable.Repeat(new EntryHeader(default, EntryKind.Command, 128), Batch)];

    private static Membership Members { get; } = new(
        [.. Enumerable.Range(1, 3).Select(id =>
            new Member(Make.Id(id), IdentityOf(id).Incarnation, default))],
        [Make.Id(1), Make.Id(2), Make.Id(3)]);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void A_leader_allocates_nothing_for_a_million_entries(int voters)
    {
        var node = Make.LeaderInTouch(voters, term: 1);
        var core = node.Core;
        var now = node.Now;
        Replicate(core, now, voters, Entries / 4);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Replicate(core, now, voters, Entries);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
        Assert.True(core.Commit.Value > Entries);
    }

    [Fact]
    public void A_leader_that_looks_at_incarnations_allocates_nothing_for_a_million_entries()
    {
        var node = new TestNode(new NodeSetup { Incarnation = 11, Membership = Members });
        node.PassDeadline();
        for (var voter = 2; voter <= 3; voter++)
        {
            node.ReceiveFrom(IdentityOf(voter).Incarnation.Value, 1, Make.PreVoteReply(voter, term: 1));
            node.ReceiveFrom(IdentityOf(voter).Incarnation.Value, 1, Make.VoteReply(voter, term: 1));
        }

        Assert.Equal(Role.Leader, node.Role);
        Replicate(node.Core, node.Now, voters: 3, Entries / 4, bound: true);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Replicate(node.Core, node.Now, voters: 3, Entries, bound: true);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
        Assert.True(node.Core.Commit.Value > Entries);
    }

    [Fact]
    public void A_follower_allocates_nothing_for_a_million_entries()
    {
        var core = Make.Follower(size: 3, term: 1).Core;
        var now = new NodeSetup().Now;
        var entries = Proposals.Select(entry => entry with { Term = new Term(1) }).ToArray();
        Follow(core, now, entries, Entries / 4);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Follow(core, now, entries, Entries);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
        Assert.True(core.Commit.Value > Entries);
    }

    private static void Replicate(
        ConsensusCore core, Instant now, int voters, int entries, bool bound = false)
    {
        var self = core.Self;
        var compacted = core.State.Log.Base.Index;
        for (var done = 0; done < entries; done += Batch)
        {
            core.Step(Input.Proposed(now, Proposals));
            for (var peer = 2; peer <= voters; peer++)
            {
                var sender = bound ? IdentityOf(peer) : default;
                var ack = Make.Ack(peer, term: 1, core.Last.Index.Value);
                core.Step(Input.Received(now, ack with { To = self }, default, sender));
                var answer = Make.HeartbeatReply(peer, term: 1, round: 1);
                core.Step(Input.Received(now, answer with { To = self }, default, sender));
            }

            core.Step(Input.LogFlushed(now, core.Last, 0));
            core.Step(Input.Tick(now));
            compacted = CompactFrom(core, now, compacted);
            // The time passes, a heartbeat's worth every 20 batches.
            now += TimeSpan.FromMilliseconds(5);
        }
    }

    private static PeerIdentity IdentityOf(int id) => new(new Incarnation(10 + (ulong)id), new StartCount(1));

    private static void Follow(ConsensusCore core, Instant now, EntryHeader[] entries, int count)
    {
        var compacted = core.State.Log.Base.Index;
        for (var done = 0; done < count; done += Batch)
        {
            var append = Make.Append(from: 2, term: 1, core.Last, Batch, core.Last.Index.Value);
            core.Step(Input.Received(now, append with { To = core.Self }, entries));
            core.Step(Input.LogFlushed(now, core.Last, 0));
            core.Step(Input.Received(now, Make.Heartbeat(from: 2, term: 1, core.Last.Index.Value)));
            compacted = CompactFrom(core, now, compacted);
        }
    }

    private static LogIndex CompactFrom(ConsensusCore core, Instant now, LogIndex compacted)
    {
        if (core.Commit - compacted < 10_000)
        {
            return compacted;
        }

        var limit = core.CompactionLimit;
        core.Step(Input.LogCompacted(now, new LogPosition(limit, core.TermAt(limit)), core.Membership));
        return limit;
    }
}
