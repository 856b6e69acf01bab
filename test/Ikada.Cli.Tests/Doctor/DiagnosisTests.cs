using Ikada.Cli.Doctor;

namespace Ikada.Cli.Tests.Doctor;

/// <summary>From facts to verdicts. Members are n1 (1), n2 (2) and n3 (3).</summary>
public class DiagnosisTests
{
    private static readonly MemberFacts[] Three = [Member(1), Member(2), Member(3)];

    [Fact]
    public void A_cluster_that_is_well_has_no_verdict() => Assert.Empty(Diagnosis.Of(Well()));

    [Fact]
    public void Without_a_majority_the_missing_are_named()
    {
        var verdicts = Diagnosis.Of(new Facts
        {
            Members = Three,
            Servers = [Server(1) with { Leader = 0, Errors = ["etcdserver: no leader"] }, Dead(2), Dead(3)],
        });
        var quorum = Single(verdicts, "quorum");
        Assert.Contains("of 3 voters 1 answer, 2 are needed; missing: n2, n3", quorum.Evidence,
            StringComparison.Ordinal);
        Assert.Contains("start 1 of them again", quorum.Remedy, StringComparison.Ordinal);
        Assert.Equal(2, verdicts.Count(verdict => verdict.Check == "reach"));
        Assert.Equal(3, verdicts.Count);
    }

    [Fact]
    public void A_majority_without_a_leader_is_another_thing()
    {
        var servers = Three.Select(one => Server(one.Id) with { Leader = 0, Term = 7 }).ToArray();
        Assert.Contains(
            "no server knows a leader, terms: n1 7, n2 7, n3 7",
            Only(With(servers), "leader").Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_that_is_down_is_told_once_and_by_what_the_others_see()
    {
        var down = Only(With(Server(1, (3, 0)), Server(2, (3, 0)), Dead(3)), "reach");
        Assert.Equal("n3", down.Where);
        Assert.Contains("c3 does not answer (no connection), and n1, n2 have no connection to it",
            down.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_that_only_we_do_not_reach_is_not_down() => Assert.Contains(
        "does not answer here (no connection), but is connected with n1, n2",
        Only(With(Server(1, (3, 1)), Server(2, (3, 1)), Dead(3)), "reach").Evidence,
        StringComparison.Ordinal);

    [Fact]
    public void A_member_that_others_do_not_reach_is_cut_off() => Assert.Contains(
        "it answers here, but n2 have no connection to it (n1 have)",
        Only(With(Server(1, (3, 1)), Server(2, (3, 0)), Server(3)), "reach").Evidence,
        StringComparison.Ordinal);

    [Fact]
    public void A_member_that_was_never_started_and_a_server_of_nobody_are_told_apart()
    {
        var verdicts = Diagnosis.Of(Well() with
        {
            Members = [.. Three, new MemberFacts(4, "", false, [])],
            Servers = [.. Well().Servers, new ServerFacts("x:1") { Problem = "no connection" }],
        });
        Assert.Contains(verdicts, verdict => verdict.Where == "4"
            && verdict.Evidence.Contains("never been started", StringComparison.Ordinal));
        Assert.Contains(verdicts, verdict => verdict.Where == "x:1");
        Assert.Equal(2, verdicts.Count);
    }

    [Fact]
    public void Alarms_are_told_once_by_member()
    {
        string[] errors = ["memberID:2 alarm:NOSPACE ", "memberID:3 alarm:CORRUPT "];
        var verdicts = Diagnosis.Of(With(
            [.. Three.Select(one => Server(one.Id) with { Errors = errors })]));
        Assert.Equal(2, verdicts.Count);
        Assert.Contains(
            "--quota-backend-bytes", Single(verdicts, "space").Evidence, StringComparison.Ordinal);
        Assert.Equal("n3", Single(verdicts, "state").Where);
    }

    [Fact]
    public void A_full_disk_is_another_thing_than_a_full_quota()
    {
        var full = Server(2) with
        {
            Errors = ["memberID:2 alarm:NOSPACE "],
            After = MetricReading.Parse("ikada_log_full 1\n"),
        };
        Assert.StartsWith(
            "its disk is full", Only(With(Server(1), full, Server(3)), "space").Evidence,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_quota_that_is_nearly_used_up_is_told_before_the_alarm() => Assert.Contains(
        "the data has 1.8 GB of 2.1 GB",
        Only(With(Server(1) with { SizeBytes = 1_800_000_000 }, Server(2), Server(3)), "space").Evidence,
        StringComparison.Ordinal);

    [Fact]
    public void A_quarantined_member_is_told_with_its_own_words_or_by_its_metrics()
    {
        var said = Server(2) with
        {
            Errors = ["ikada: quarantined: the state differs from the majority's, first after index 5"],
        };
        Assert.Equal(
            "quarantined: the state differs from the majority's, first after index 5",
            Only(With(Server(1), said, Server(3)), "state").Evidence);
        var counted = Server(2) with { After = MetricReading.Parse("ikada_state_quarantined 1\n") };
        Assert.Equal("n2", Only(With(Server(1), counted, Server(3)), "state").Where);
    }

    [Fact]
    public void Keys_that_differ_at_one_revision_are_told_with_the_smaller_group_last()
    {
        var state = Only(With(Server(1), Server(2) with { Hash = 99 }, Server(3)), "state");
        Assert.Contains(
            "differ at revision 5: 7 at n1, n3; 99 at n2", state.Evidence, StringComparison.Ordinal);
        Assert.Contains("smaller group", state.Remedy, StringComparison.Ordinal);
        Assert.Empty(Diagnosis.Of(With(Server(1), Server(2) with { Hash = null }, Server(3))));
    }

    [Theory]
    [InlineData(0.01, 1, 100, false)]
    [InlineData(0.01, 90, 100, true)]
    [InlineData(1, 0.5, 100, true)]
    [InlineData(1, 0.5, 10, false)]
    public void A_disk_is_slow_by_its_mean_or_by_its_tail(
        double tailBound, double sum, int count, bool isSlow)
    {
        var page = $"""
            ikada_log_sync_duration_seconds_bucket[le="0.001"] {count / 2}
            ikada_log_sync_duration_seconds_bucket[le="{tailBound}"] {count}
            ikada_log_sync_duration_seconds_bucket[le="+Inf"] {count}
            ikada_log_sync_duration_seconds_sum {sum}
            ikada_log_sync_duration_seconds_count {count}
            """.Replace('[', '{').Replace(']', '}');
        var verdicts = Diagnosis.Of(
            With(Server(1) with { After = MetricReading.Parse(page) }, Server(2), Server(3)));
        Assert.Equal(isSlow ? 1 : 0, verdicts.Count(verdict => verdict.Check == "disk"));
    }

    [Theory]
    [InlineData(1003, 10.6, true)]
    [InlineData(1003, 10.1, false)]
    [InlineData(1001, 11, false)]
    public void A_disk_that_was_fast_for_long_is_slow_by_what_it_did_between_two_readings(
        int count, double sum, bool isSlow)
    {
        static MetricReading Page(int count, double sum) => MetricReading.Parse(
            $"ikada_log_sync_duration_seconds_sum {sum}\nikada_log_sync_duration_seconds_count {count}\n");
        var verdicts = Diagnosis.Of(With(
            Server(1) with { Before = Page(1000, 10), After = Page(count, sum) }, Server(2), Server(3)));
        Assert.Equal(isSlow ? 1 : 0, verdicts.Count(verdict => verdict.Check == "disk"
            && verdict.Evidence.Contains("200 ms in the mean of the 3", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_learner_is_a_note_and_a_voter_far_behind_is_wrong()
    {
        var facts = With(Server(1) with { Commit = 50_000 }, Server(2), Server(3) with { Applied = 49_990 });
        var verdicts = Diagnosis.Of(facts with { Members = [Member(1), Member(2), Learner(3)] });
        Assert.Contains(verdicts, verdict => verdict is { Level: VerdictLevel.Note, Where: "n3" }
            && verdict.Remedy.StartsWith("'ikada member promote 3'", StringComparison.Ordinal));
        Assert.Contains(
            verdicts, verdict => verdict is { Level: VerdictLevel.Wrong, Check: "lag", Where: "n2" });
        var behind = Diagnosis.Of(facts with { Members = [Member(1), Learner(2), Member(3)] });
        Assert.Contains(behind, verdict => verdict is { Level: VerdictLevel.Note, Where: "n2" }
            && verdict.Evidence.StartsWith("a learner that is behind", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(2, 3, 0, true)]
    [InlineData(3, 3, 1, true)]
    [InlineData(3, 3, 0, false)]
    [InlineData(1, 2, 1, false)]
    public void Snapshot_after_snapshot_is_a_loop(int before, int after, int transfers, bool isLoop)
    {
        const string Count = "ikada_snapshot_duration_seconds_count{action=\"install\"}";
        var looped = Server(3) with
        {
            Applied = 90,
            Before = MetricReading.Parse($"{Count} {before}\n"),
            After = MetricReading.Parse($"{Count} {after}\nikada_snapshot_transfers {transfers}\n"),
        };
        Assert.Equal(
            isLoop ? ["snapshots"] : [],
            Diagnosis.Of(With(Server(1), Server(2), looped)).Select(verdict => verdict.Check));
    }

    [Fact]
    public void Versions_leaders_and_complaints_that_do_not_fit_are_told()
    {
        Assert.Contains("3.6.0 at n2", Only(
            With(Server(1), Server(2) with { Version = "3.6.0" }, Server(3)), "version").Evidence,
            StringComparison.Ordinal);
        Assert.Contains("ikada 1.1 (etcd 3.5.16) at n2", Only(
            With(Server(1), Server(2) with
            {
                After = MetricReading.Parse("ikada_server_version{version=\"1.1\"} 1\n"),
            }, Server(3)), "version").Evidence,
            StringComparison.Ordinal);
        Assert.Contains("c2 names n2 in term 3", Only(
            With(Server(1), Server(2) with { Leader = 2 }, Server(3)), "leader").Evidence,
            StringComparison.Ordinal);
        Assert.Equal("something new", Only(
            With(Server(1), Server(2) with { Errors = ["something new"] }, Server(3)), "errors").Evidence);
        var unready = Server(2) with { Unready = "linearizable_read failed" };
        Assert.Contains(
            "linearizable_read failed", Only(With(Server(1), unready, Server(3)), "ready").Evidence,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_is_judged_by_its_space_and_what_lies_aside()
    {
        var verdicts = Diagnosis.Of(Well() with
        {
            Directory = new DirectoryFacts("/d", 1 << 20, 1L << 40, ["damaged-snapshot-1"]),
        });
        Assert.Contains(
            "1.0 MB of 1.1 TB left", Single(verdicts, "space").Evidence, StringComparison.Ordinal);
        Assert.Equal(VerdictLevel.Note, Single(verdicts, "disk").Level);
    }

    private static Facts Well() => With(Server(1), Server(2), Server(3));

    private static Facts With(params ServerFacts[] servers) => new() { Members = Three, Servers = servers };

    private static MemberFacts Member(ulong id) => new(id, $"n{id}", false, [$"http://c{id}:1"]);

    private static MemberFacts Learner(ulong id) => Member(id) with { IsLearner = true };

    private static ServerFacts Dead(ulong id) =>
        new($"c{id}") { Member = id, Problem = "no connection" };

    private static ServerFacts Server(ulong id, params (ulong Peer, int Connected)[] peers) => new($"c{id}")
    {
        Member = id, Version = "3.5.16", Leader = 1, Term = 3, Commit = 100, Applied = 100,
        SizeBytes = 1000, QuotaBytes = 2_100_000_000, Unready = "", Hash = 7, HashRevision = 5,
        After = MetricReading.Parse(string.Concat(peers.Select(
            one => $"ikada_peer_connected{{peer=\"{one.Peer:x16}\"}} {one.Connected}\n"))),
    };

    private static Verdict Only(Facts facts, string check)
    {
        var verdict = Assert.Single(Diagnosis.Of(facts));
        Assert.Equal(check, verdict.Check);
        return verdict;
    }

    private static Verdict Single(IReadOnlyList<Verdict> verdicts, string check) =>
        Assert.Single(verdicts, verdict => verdict.Check == check);
}
