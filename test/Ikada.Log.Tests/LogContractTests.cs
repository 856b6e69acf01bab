using Ikada.Primitives;
using Ikada.Simulation.Disk;
using Ikada.Testing;

namespace Ikada.Log.Tests;

/// <summary>What consensus relies on in its log, case by case as others' storage suites have
/// them.</summary>
public sealed class LogContractTests
{
    [Fact]
    [Covers("openraft: initial_logs", "openraft: get_initial_state_without_init")]
    [Covers("openraft: last_membership_in_log_initial")]
    public void A_new_log_is_empty_knows_no_term_and_has_the_first_membership()
    {
        var log = LogFixture.Open(new SimulatedDisk()).Log7;
        Assert.Equal(default, log.Last);
        Assert.Equal(default, log.Durable);
        Assert.Equal(default, log.RecoveredHardState);
        Assert.Equal(LogFixture.Members.Encode(), log.BaseMembership.Encode());
        Assert.Empty(Recovered(log));
    }

    [Fact]
    [Covers("openraft: save_vote")]
    public void Term_and_vote_come_back_the_latest_of_them()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        log.Log7.SaveHardState(new Term(3), NodeId.None);
        log.Log7.SaveHardState(new Term(3), new NodeId(2));
        log.Pump();
        log.Log7.SaveHardState(new Term(5), new NodeId(1));
        log.Pump();
        var found = LogFixture.Open(disk, seed: 2).Log7.RecoveredHardState;
        Assert.Equal((new Term(5), new NodeId(1)), (found.Term, found.Vote));
    }

    [Fact]
    [Covers("openraft: append_to_log", "openraft: get_log_entries")]
    public void Appended_entries_are_read_as_any_range_of_them()
    {
        var log = LogFixture.Filled(10, out _);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], Read(log, 1, 10));
        Assert.Equal([4, 5, 6], Read(log, 4, 6));
        Assert.Equal([10], Read(log, 10, 10));
    }

    [Fact]
    [Covers("openraft: limited_get_log_entries", "openraft: leader_bounded_stream")]
    public void A_read_stops_at_its_bound_and_gives_at_least_one()
    {
        var log = LogFixture.Filled(10, out _);
        Assert.Equal([2], Read(log, 2, 10, bytesMax: 1));
        var some = Read(log, 2, 10, bytesMax: 200);
        Assert.InRange(some.Length, 2, 4);
        Assert.Equal(2UL, some[0]);
    }

    [Fact]
    [Covers("openraft: entries_stream")]
    public void Read_after_read_gives_every_entry_once_and_in_order()
    {
        var log = LogFixture.Filled(30, out _);
        var all = new List<ulong>();
        while (all.Count < 30)
        {
            all.AddRange(Read(log, (ulong)all.Count + 1, 30, bytesMax: 300));
        }

        Assert.Equal(Enumerable.Range(1, 30).Select(index => (ulong)index), all);
    }

    [Fact]
    [Covers("openraft: try_get_log_entry", "openraft: get_log_id")]
    public void An_entry_and_its_term_are_told_where_there_is_one()
    {
        var log = LogFixture.Filled(6, out _).Log7;
        Assert.True(log.TryGet(new LogIndex(6), out var entry));
        Assert.Equal(6UL, entry.Index.Value);
        Assert.False(log.TryGet(new LogIndex(7), out _));
        Assert.True(log.TryGetTerm(new LogIndex(0), out var first));
        Assert.Equal(default, first);
        Assert.True(log.TryGetTerm(new LogIndex(4), out var term));
        Assert.Equal(LogFixture.TermOf(4), term.Value);
        Assert.False(log.TryGetTerm(new LogIndex(7), out _));
    }

    [Fact]
    [Covers("openraft: log_reader_reads_new_entries")]
    public void What_is_appended_later_is_read_by_the_same_reader()
    {
        var log = LogFixture.Filled(3, out _);
        Assert.Equal([1, 2, 3], Read(log, 1, 3));
        log.Append(4, 9);
        log.Pump();
        Assert.Equal([3, 4], Read(log, 3, 4));
    }

    [Fact]
    [Covers("openraft: get_log_state")]
    public void First_and_last_are_known_before_and_after_a_restart()
    {
        var log = LogFixture.Filled(5, out var disk);
        Assert.Equal(new LogPosition(new LogIndex(5), new Term(LogFixture.TermOf(5))), log.Log7.Last);
        Assert.Equal(log.Log7.Last, log.Log7.Durable);
        var again = LogFixture.Open(disk, seed: 2).Log7;
        Assert.Equal(default, again.Base);
        Assert.Equal(log.Log7.Last, again.Last);
        Assert.Equal(log.Log7.Last, again.Durable);
    }

    [Fact]
    [Covers("openraft: get_initial_state_with_state")]
    [Covers("openraft: get_initial_state_log_ids", Note = "the log on disk is not compacted yet")]
    public void A_restart_finds_term_vote_commit_and_the_term_of_each_entry()
    {
        var log = LogFixture.Filled(9, out var disk);
        log.Log7.NoteCommit(new LogIndex(8));
        log.Log7.SaveHardState(new Term(7), new NodeId(2));
        log.Pump();
        var again = LogFixture.Open(disk, seed: 2).Log7;
        Assert.Equal(new HardState(new Term(7), new NodeId(2), new LogIndex(8)), again.RecoveredHardState);
        Assert.Equal(
            Enumerable.Range(1, 9).Select(index => ((ulong)index, LogFixture.TermOf((ulong)index))),
            Recovered(again).Select(entry => (entry.Index.Value, entry.Term.Value)));
    }

    [Theory]
    [InlineData(12, 10)]
    [InlineData(11, 10)]
    [InlineData(6, 5)]
    [InlineData(2, 1)]
    [InlineData(1, 0)]
    [Covers("openraft: delete_logs_after_11", "openraft: delete_logs_after_5")]
    [Covers("openraft: delete_logs_after_0", "openraft: delete_logs_after_none")]
    public void A_truncation_leaves_what_lies_before_it_also_after_a_restart(ulong first, int kept)
    {
        var log = LogFixture.Filled(10, out var disk);
        log.Log7.Truncate(new LogIndex(first));
        log.Pump();
        Assert.Equal((ulong)kept, log.Log7.Last.Index.Value);
        var again = LogFixture.Open(disk, seed: 2);
        Assert.Equal((ulong)kept, again.Log7.Last.Index.Value);
        Assert.Equal(kept, again.ReadAll().Length);
    }

    [Fact]
    [Covers("openraft: last_membership_in_log", "openraft: last_membership_in_log_multi_step")]
    public void Memberships_are_told_at_the_start_each_at_its_index_far_apart_or_not()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        for (ulong index = 1; index <= 200; index++)
        {
            if (index is 2 or 3 or 150)
            {
                log.Log7.Append([Membership(index)], 1);
            }
            else
            {
                log.Append(index, 1);
            }
        }

        log.Pump();
        var memberships = Recovered(LogFixture.Open(disk, seed: 2).Log7)
            .Where(entry => entry.Kind == EntryKind.Membership).ToArray();
        Assert.Equal([2, 3, 150], memberships.Select(entry => entry.Index.Value));
        Assert.All(memberships, entry => Assert.Equal(
            Membership(entry.Index.Value).Body.ToArray(), entry.MembershipBody.ToArray()));
    }

    private static LogEntry Membership(ulong index) => LogEntry.Create(
        LogFixture.Group, new LogIndex(index), new Term(1), EntryKind.Membership, 1,
        new Membership([new Member(new NodeId(index), null, default)], [new NodeId(index)]).Encode());

    private static ulong[] Read(LogFixture log, ulong first, ulong last, int bytesMax = 1 << 20)
    {
        log.Log7.ReadBack(new LogIndex(first), new LogIndex(last), bytesMax, 7);
        log.Pump();
        return [.. log.Read[^1].Entries.Select(entry => entry.Index.Value)];
    }

    private static List<RecoveredEntry> Recovered(GroupLog log)
    {
        var seen = new List<RecoveredEntry>();
        log.VisitRecovered(seen.Add);
        return seen;
    }
}
