namespace Ikada.Consensus.Tests.Damage;

/// <summary>A leader's entries where a follower's log is damaged: log matching (§5.3) with terms known and
/// lost.</summary>
public sealed class AppendsToDamaged
{
    [Fact]
    public void A_leaders_entry_repairs_the_damaged_one_it_equals_and_nothing_is_cut()
    {
        var node = Sick.Node([1, 1, 2, 2], [2, 3]);

        node.Receive(Make.Append(2, 5, Make.At(1, 1), 2), TestEntry.OfTerms(2, 1, 2));

        Assert.Empty(node.Core.Damage);
        Assert.Equal([1ul, 1, 2, 2], node.Terms);
        Assert.Equal(3ul, node.TakeSent(MessageType.AppendReply)[^1].Message.Position.Index.Value);
    }

    [Fact]
    public void A_damaged_entry_of_another_term_than_the_leaders_is_cut_with_all_behind_it()
    {
        var node = Sick.Node([1, 1, 2, 2], [2, 3]);

        node.Receive(Make.Append(2, 5, Make.At(1, 1), 2), TestEntry.OfTerms(2, 1, 4));

        Assert.Empty(node.Core.Damage);
        Assert.Equal([1ul, 1, 4], node.Terms);
        Assert.Equal(node.Disk.Log, node.Log);
    }

    [Fact]
    public void A_cut_by_a_message_that_ends_before_the_damage_ends_the_damage_too()
    {
        var node = Sick.Node([1, 1, 2, 2], [4]);

        node.Receive(Make.Append(2, 5, Make.At(1, 1), 1), TestEntry.OfTerms(2, 3));

        Assert.Empty(node.Core.Damage);
        Assert.Equal([1ul, 3], node.Terms);
    }

    // Entries 2 and 3 of an old leader may have stood where the terms are lost. Were those of this leader
    // taken for them, entry 4 would have another history here than on the node that it came from.
    [Fact]
    public void A_lost_entry_that_nothing_proves_to_be_the_leaders_is_neither_cut_nor_replaced()
    {
        var node = Sick.Node([1, 3, 3, 3], [2, 3], lost: [2, 3]);

        node.Receive(Make.Append(2, 5, Make.At(1, 1), 1), TestEntry.OfTerms(2, 2));

        Assert.Equal([1ul, 3, 3, 3], node.Terms);
        Assert.Single(node.Core.Damage);
        Assert.Empty(node.TakeSent(MessageType.AppendReply));
    }

    [Fact]
    public void A_later_entry_that_is_held_proves_the_lost_ones_before_it_to_be_the_leaders()
    {
        var node = Sick.Node([1, 2, 2, 3], [2, 3], lost: [2, 3]);

        node.Receive(Make.Append(2, 5, Make.At(1, 1), 3), TestEntry.OfTerms(2, 2, 2, 3));

        Assert.Empty(node.Core.Damage);
        Assert.Equal(node.Disk.Log, node.Log);
        Assert.Equal(4ul, node.TakeSent(MessageType.AppendReply)[^1].Message.Position.Index.Value);
    }

    [Fact]
    public void What_the_leader_knows_committed_takes_the_place_of_a_lost_entry()
    {
        var node = Sick.Node([1, 2, 2, 3], [2, 3], lost: [2, 3]);

        node.Receive(Make.Append(2, 5, Make.At(1, 1), 1, commit: 2), TestEntry.OfTerms(2, 2));

        Assert.Equal([new DamagedRange(new LogIndex(3), new LogIndex(3), default)], node.Core.Damage);
        Assert.Equal(2ul, node.Core.TermAt(new LogIndex(2)).Value);
    }

    [Fact]
    public void A_term_that_could_not_stand_before_the_next_known_entry_is_a_conflict()
    {
        var node = Sick.Node([1, 2, 2, 3], [2, 3], lost: [2, 3]);

        node.Receive(Make.Append(2, 5, Make.At(1, 1), 2), TestEntry.OfTerms(2, 2, 4));

        Assert.Empty(node.Core.Damage);
        Assert.Equal([1ul, 2, 4], node.Terms);
        Assert.Equal(node.Disk.Log, node.Log);
    }

    // A crash after the cut leaves entries 2 and 3 lost at the end: known to be missing. Were they cut first,
    // a log that ends at 1 would look whole, and what this node acknowledged would be forgotten.
    [Fact]
    public void Where_the_log_is_cut_behind_lost_entries_they_are_replaced_in_their_place_not_cut()
    {
        var node = Sick.Node([1, 2, 2, 3], [2, 3], lost: [2, 3]);
        node.HoldsDisk = true;

        node.Receive(Make.Append(2, 5, Make.At(1, 1), 3), TestEntry.OfTerms(2, 2, 2, 4));

        Assert.Equal([EffectKind.TruncateLog, EffectKind.RepairLog, EffectKind.AppendToLog], node.LastEffects
            .Select(effect => effect.Kind)
            .Where(kind => kind is EffectKind.TruncateLog or EffectKind.RepairLog or EffectKind.AppendToLog));
        Assert.Equal(
            4ul, node.LastEffects.First(effect => effect.Kind == EffectKind.TruncateLog).First.Value);
    }

    [Fact]
    public void What_replaces_a_lost_entry_is_acknowledged_only_when_it_is_durable()
    {
        var node = Sick.Node([1, 2, 2], [2, 3], lost: [2, 3]);
        node.HoldsDisk = true;

        node.Receive(Make.Append(2, 5, Make.At(1, 1), 2), TestEntry.OfTerms(2, 2, 2));
        Assert.Equal(1ul, node.TakeSent(MessageType.AppendReply)[^1].Message.Position.Index.Value);

        node.FlushDisk();
        Assert.Equal(3ul, node.TakeSent(MessageType.AppendReply)[^1].Message.Position.Index.Value);
    }

    [Fact]
    public void An_append_that_follows_a_lost_entry_is_refused_with_a_place_before_the_damage()
    {
        var node = Sick.Node([1, 2, 2, 3], [2, 3], lost: [2, 3]);

        node.Receive(Make.Append(2, 5, Make.At(2, 3), 1), TestEntry.OfTerms(4, 5));

        var reply = Assert.Single(node.TakeSent(MessageType.AppendReply)).Message;
        Assert.True(reply.Reject);
        Assert.Equal(Make.At(1, 1), reply.Position);
    }

    [Fact]
    public void A_repaired_membership_is_in_force_and_sizes_are_known_again()
    {
        var membership = NodeSetup.MembershipOf([1, 2, 3, 4]);
        TestEntry[] log = [new(1, "a"), TestEntry.Of(1, membership), new(1, "b")];
        var node = new TestNode(new NodeSetup { Term = 5, Log = log });
        Sick.Damage(node, [2]);
        node.Restart(1);
        Assert.Equal(3, node.Core.Membership.Voters.Length);

        node.Receive(Sick.Reply(3, 5, after: 1, end: 2), log[1]);

        Assert.Equal(4, node.Core.Membership.Voters.Length);
    }
}
