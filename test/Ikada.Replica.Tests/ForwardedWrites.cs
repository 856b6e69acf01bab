using System.Text;
using CsCheck;

namespace Ikada.Replica.Tests;

/// <summary>
/// A follower's clients: taken once by the leader, only in the term named, never sent again.
/// </summary>
public sealed class ForwardedWrites
{
    [Fact]
    [Covers("ProposalByProxy")]
    public void A_write_at_a_follower_goes_to_the_leader_and_is_answered_with_the_result()
    {
        var cluster = Led();

        var write = cluster[2].Propose("a");
        Assert.Equal(MessageType.ForwardProposal, Assert.Single(cluster[2].Sent).Message.Type);
        cluster.Settle();
        cluster.RunFor(TimeSpan.FromMilliseconds(200));

        Assert.Equal(OutcomeKind.Applied, write.Kind);
        Assert.Equal("done a", write.Result);
    }

    [Fact]
    public void A_forwarded_write_that_comes_twice_is_appended_once()
    {
        var cluster = Led();
        cluster[2].Propose("a");
        var (message, entries) = Assert.Single(cluster[2].Sent);

        cluster[1].Receive(message, entries);
        cluster[1].Receive(message, entries);
        cluster.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(["a"], cluster[1].Machine.Commands);
    }

    [Fact]
    public void A_write_forwarded_to_the_leader_of_another_term_is_never_appended()
    {
        var cluster = Led();
        var write = cluster[2].Propose("a");
        var (message, entries) = Assert.Single(cluster[2].Sent);
        cluster[2].Sent.Clear();

        cluster[1].Receive(message with { Term = new Term(99) }, entries);
        cluster.RunFor(TimeSpan.FromSeconds(1));

        Assert.Empty(cluster[1].Machine.Commands);
        Assert.NotEqual(OutcomeKind.Applied, write.Kind);
    }

    [Fact]
    public void A_write_that_reaches_its_leader_after_it_stepped_down_is_refused_and_no_copy_is_taken()
    {
        var cluster = Led();
        // Whoever never took anything in a term cannot be sure of what came before.
        cluster[2].Propose("first");
        cluster.Settle();
        var write = cluster[2].Propose("second");
        var (message, entries) = Assert.Single(cluster[2].Sent);
        cluster[2].Sent.Clear();
        Depose(cluster[1]);

        cluster[1].Receive(message, entries);
        var reply = cluster[1].Sent.Single(sent => sent.Message.Type == MessageType.ForwardProposalReply);
        cluster[2].Receive(reply.Message);

        Assert.Equal((OutcomeKind.Refused, Refusal.NotLeader), (write.Kind, write.Refusal));
        Assert.Equal(["first"], cluster[1].Machine.Commands);
    }

    [Fact]
    public void A_late_copy_of_a_write_that_was_appended_is_never_called_refused()
    {
        var cluster = Led();
        cluster[2].Propose("a");
        var (message, entries) = Assert.Single(cluster[2].Sent);
        cluster[1].Receive(message, entries);
        Depose(cluster[1]);

        cluster[1].Receive(message, entries);

        Assert.DoesNotContain(
            cluster[1].Sent, sent => sent.Message.Type == MessageType.ForwardProposalReply
                && sent.Message.Reject);
    }

    // The simulator's seed 1452434500021: within one leadership a member lost its disk and was added again.
    [Fact]
    public void A_member_that_lost_its_disk_counts_its_forwarded_writes_anew()
    {
        var cluster = Led();
        cluster[2].Propose("a");
        var (message, entries) = Assert.Single(cluster[2].Sent);
        cluster[2].Sent.Clear();
        Forward(incarnation: 7, message with { Sequence = 9ul << 40 });
        Forward(incarnation: 8, message with { Sequence = 1ul << 40 });
        Forward(incarnation: 8, message with { Sequence = 1ul << 40 });
        Forward(incarnation: 7, message with { Sequence = 1ul << 40 });
        cluster.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(["a", "a"], cluster[1].Machine.Commands);

        void Forward(ulong incarnation, Message forwarded) => cluster[1].Replica.Receive(
            cluster[1].Now, forwarded, entries,
            new PeerIdentity(new Incarnation(incarnation), new StartCount(1)));
    }

    [Fact]
    public void A_node_that_starts_again_numbers_its_writes_above_those_of_before()
    {
        var cluster = Led();
        cluster[2].Propose("before");
        cluster.Settle();
        var node = cluster.Restart(2);
        cluster.RunFor(TimeSpan.FromMilliseconds(200));

        var write = node.Propose("after");
        cluster.Settle();
        cluster.RunFor(TimeSpan.FromMilliseconds(200));

        Assert.Equal(OutcomeKind.Applied, write.Kind);
        Assert.Equal(["before", "after"], cluster[1].Machine.Commands);
    }

    [Fact]
    [Covers("NodeProposeWaitDropped")]
    public void A_write_that_could_not_be_queued_for_the_leader_is_refused()
    {
        var cluster = Led();
        cluster[2].FullFor = MessageType.ForwardProposal;

        var write = cluster[2].Propose("a");

        Assert.Equal((OutcomeKind.Refused, Refusal.Overloaded), (write.Kind, write.Refusal));
    }

    [Fact]
    [Covers("NodeProposeWaitDropped")]
    public void A_write_dropped_before_it_was_sent_is_refused()
    {
        var cluster = Led();
        var write = cluster[2].Propose("a");
        var (message, _) = Assert.Single(cluster[2].Sent);
        cluster[2].Sent.Clear();

        cluster[2].Replica.SendDropped(cluster[2].Now, message);

        Assert.Equal((OutcomeKind.Refused, Refusal.Overloaded), (write.Kind, write.Refusal));
    }

    [Fact]
    public void A_write_whose_connection_broke_after_sending_is_unknown()
    {
        var cluster = Led();
        var write = cluster[2].Propose("a");

        cluster[2].Replica.ConnectionClosed(cluster[2].Now, cluster[1].Id);

        Assert.Equal(OutcomeKind.Unknown, write.Kind);
        // It does happen: what is unknown may.
        cluster.Settle();
        cluster.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(["a"], cluster[1].Machine.Commands);
        Assert.Single(write.Outcomes);
    }

    [Fact]
    public void A_write_whose_answer_was_lost_is_unknown_after_a_while_though_the_leader_stays()
    {
        var cluster = Led();
        cluster.Delivers = message => message.Type != MessageType.ForwardProposalReply;
        var write = cluster[2].Propose("a");
        cluster.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(["a"], cluster[2].Machine.Commands);
        Assert.Null(write.Kind);
        var later = cluster[2].Propose("b");

        cluster.RunFor(TimeSpan.FromSeconds(3.5));
        Assert.Equal(OutcomeKind.Unknown, write.Kind);
        Assert.Null(later.Kind);
        cluster.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(OutcomeKind.Unknown, later.Kind);
        Assert.Equal(cluster[1].Id, cluster[2].Replica.Status.Leader);
    }

    [Fact]
    public void A_read_whose_answer_was_lost_is_refused_after_a_while()
    {
        var cluster = Led();
        cluster.Delivers = message => message.Type != MessageType.ForwardReadReply;
        var read = cluster[2].Read();
        cluster.RunFor(TimeSpan.FromSeconds(1));
        Assert.Empty(read.Outcomes);

        cluster.RunFor(TimeSpan.FromSeconds(4));
        Assert.Equal(Refusal.LeadershipLost, Assert.Single(read.Outcomes).Refusal);
    }

    [Fact]
    public void A_write_on_its_way_when_the_leadership_changes_is_unknown()
    {
        var cluster = Led();
        var write = cluster[2].Propose("a");
        cluster[2].Sent.Clear();

        cluster[2].Receive(new Message
        {
            Type = MessageType.Heartbeat, From = new NodeId(3), To = cluster[2].Id, Term = new Term(50),
        });

        Assert.Equal(OutcomeKind.Unknown, write.Kind);
    }

    [Fact]
    public void An_answer_that_comes_after_the_write_was_given_up_changes_nothing()
    {
        var cluster = Led();
        var write = cluster[2].Propose("a");
        var (message, _) = Assert.Single(cluster[2].Sent);
        cluster[2].Replica.ConnectionClosed(cluster[2].Now, cluster[1].Id);

        cluster[2].Receive(new Message
        {
            Type = MessageType.ForwardProposalReply, From = cluster[1].Id, To = cluster[2].Id,
            Term = message.Term, Sequence = message.Sequence, Reject = true,
        });

        Assert.Equal(OutcomeKind.Unknown, write.Kind);
    }

    [Fact]
    public void Each_number_is_taken_at_most_once_and_none_older_than_the_window() =>
        Gen.ULong[1, 300].Array[1, 60].Sample(
            sequences =>
            {
                const int Window = 64;
                var leader = new ReplicaCluster(1, new ReplicaOptions { ForwardWindow = Window });
                leader.Elect(1);
                var taken = new HashSet<ulong>();
                var expected = new List<string>();
                foreach (var sequence in sequences)
                {
                    var isNew = taken.Count == 0 || sequence + Window > taken.Max();
                    if (isNew && taken.Add(sequence))
                    {
                        expected.Add($"{sequence}");
                    }

                    leader[1].Receive(Forward(sequence, leader[1].Replica.Status.Term),
                        Command($"{sequence}"));
                }

                Assert.Equal(expected, leader[1].Machine.Commands);
            },
            iter: 100);

    private static void Depose(ReplicaNode leader)
    {
        leader.Sent.Clear();
        leader.Receive(new Message
        {
            Type = MessageType.Heartbeat, From = new NodeId(3), To = leader.Id, Term = new Term(50),
        });
        Assert.Equal(Role.Follower, leader.Replica.Status.Role);
        leader.Sent.Clear();
    }

    private static Message Forward(ulong sequence, Term term) => new()
    {
        Type = MessageType.ForwardProposal, From = new NodeId(7), To = new NodeId(1), Term = term,
        Sequence = sequence,
    };

    private static LogEntry Command(string text) =>
        LogEntry.Create(GroupIds.One, default, default, EntryKind.Command, 1,
            Encoding.UTF8.GetBytes(text));

    private static ReplicaCluster Led()
    {
        var cluster = new ReplicaCluster(3);
        cluster.Elect(1);
        cluster.RunFor(TimeSpan.FromMilliseconds(200));
        return cluster;
    }
}
