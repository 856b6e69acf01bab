namespace Ikada.Consensus.Tests.Paper;

/// <summary>§5.3: log replication, at the leader.</summary>
public sealed class Section53Leaders
{
    [Fact]
    [Covers("LeaderStartReplication")]
    public void Section_5_3_a_leader_appends_a_proposal_persists_it_and_sends_it_to_all_in_parallel()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 1);

        leader.HoldsDisk = true;
        leader.Propose("some data");

        // Sent before the leader's own disk has it.
        var sent = leader.TakeSent(MessageType.Append);
        Assert.Equal([2, 3], sent.Select(each => (int)each.Message.To.Value));
        Assert.All(sent, each =>
        {
            Assert.Equal(Make.At(1, 1), each.Message.Position);
            Assert.Equal(2ul, each.Message.End.Value);
            Assert.Equal(1ul, each.Message.Commit.Value);
            Assert.Equal([new TestEntry(1, "some data")], each.Entries);
        });
        Assert.Single(leader.Disk.Log);
        leader.FlushDisk();
        Assert.Equal(leader.Log, leader.Disk.Log);
    }

    [Fact]
    public void Section_5_3_a_leader_names_index_and_term_of_the_entry_before_the_new_ones()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 3, 1, 1, 2);
        leader.Propose("a", "b");

        var sent = leader.TakeSent(MessageType.Append)[0];
        Assert.Equal(Make.At(3, 4), sent.Message.Position);
        Assert.Equal(["a", "b"], sent.Entries.Select(entry => entry.Body));
    }

    [Fact]
    public void Section_5_3_a_leader_never_overwrites_or_deletes_what_is_in_its_log()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 2, 1, 1);
        leader.Propose("a");
        var log = leader.Log.ToArray();

        leader.Receive(Make.Refusal(from: 2, term: 2, rejected: 3, Make.At(1, 1)));
        leader.Receive(Make.Append(from: 3, term: 1, default, count: 1), new TestEntry(1, "foreign"));

        Assert.Equal(log, leader.Log);
    }

    [Fact]
    [Covers("LeaderCommitEntry")]
    public void Section_5_3_an_entry_commits_once_a_majority_has_it_and_followers_are_told()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 1);
        leader.Propose("some data");
        leader.Sent.Clear();

        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));

        Assert.Equal(2ul, leader.Commit);
        var told = leader.TakeSent().Single(each => each.Message.To == Make.Id(2)).Message;
        Assert.Equal(2ul, told.Commit.Value);
    }

    [Theory]
    [InlineData(1, 0, true)]
    [InlineData(2, 0, false)]
    [InlineData(2, 1, true)]
    [InlineData(3, 0, false)]
    [InlineData(3, 1, true)]
    [InlineData(3, 2, true)]
    [InlineData(4, 1, false)]
    [InlineData(4, 2, true)]
    [InlineData(5, 0, false)]
    [InlineData(5, 1, false)]
    [InlineData(5, 2, true)]
    [InlineData(5, 4, true)]
    [Covers("LeaderAcknowledgeCommit")]
    public void Section_5_3_a_leader_commits_when_a_majority_has_acknowledged(
        int size, int acknowledgers, bool commits)
    {
        var leader = Make.LeaderInTouch(size, term: 1);
        leader.Propose("some data");
        for (var peer = 2; peer < 2 + acknowledgers; peer++)
        {
            leader.Receive(Make.Ack(peer, term: 1, match: 2));
        }

        Assert.Equal(commits ? 2ul : 1ul, leader.Commit);
    }

    [Theory]
    [InlineData(new ulong[] { })]
    [InlineData(new ulong[] { 2 })]
    [InlineData(new ulong[] { 1, 2 })]
    [InlineData(new ulong[] { 1 })]
    [InlineData(new ulong[] { 1, 1, 2, 2 })]
    [Covers("LeaderCommitPrecedingEntries", "CommitWithoutNewTermEntry")]
    public void Section_5_3_what_earlier_leaders_left_commits_with_the_first_entry_of_the_term(ulong[] left)
    {
        var leader = Make.Leader(size: 3, term: 3, left);
        Assert.Equal(0ul, leader.Commit);

        leader.Receive(Make.Ack(from: 2, term: 3, match: (ulong)left.Length + 1));

        Assert.Equal((ulong)left.Length + 1, leader.Commit);
    }

    [Fact]
    public void Section_5_3_the_commit_index_rises_in_order_and_never_falls()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 1);
        for (var i = 0; i < 5; i++)
        {
            leader.Propose($"entry {i}");
        }

        ulong[] acknowledged = [3, 2, 5, 4, 6, 1];
        ulong[] commits = [3, 3, 5, 5, 6, 6];
        for (var i = 0; i < acknowledged.Length; i++)
        {
            leader.Receive(Make.Ack(from: 3, term: 1, acknowledged[i]));
            Assert.Equal(commits[i], leader.Commit);
        }
    }

    [Fact]
    public void Section_5_3_a_follower_that_refuses_is_asked_at_an_earlier_place()
    {
        var leader = Make.Leader(size: 3, term: 3, 1, 1, 2, 2);

        leader.Receive(Make.Refusal(from: 2, term: 3, rejected: 4, Make.At(1, 2)));

        var again = Assert.Single(leader.TakeSent(MessageType.Append));
        Assert.Equal(Make.At(1, 2), again.Message.Position);
        Assert.Equal([2ul, 2ul, 3ul], again.Entries.Select(entry => entry.Term));
    }
}
