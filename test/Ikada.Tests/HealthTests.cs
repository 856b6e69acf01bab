using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Replica;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Ikada.Tests;

/// <summary>What is unhealthy says why, and what helps.</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task A_node_that_serves_is_healthy_in_all_five_and_tells_where_it_stands()
    {
        await using var program = new Hosted();
        program.Builder.Services.AddRaft<Counter>(program.Configure).AddHealthChecks();
        await program.Host.StartAsync(Hosted.Token);
        await program.Raft.ProposeAsync(new Add(1), Hosted.Token);

        var report = await ReportAsync(program);

        Assert.Equal(
            ["raft-disk", "raft-lag", "raft-live", "raft-quorum", "raft-ready"], report.Entries.Keys.Order());
        Assert.All(report.Entries.Values, entry => Assert.Equal(HealthStatus.Healthy, entry.Status));
        var quorum = report.Entries["raft-quorum"];
        Assert.Equal(["quorum", "raft"], quorum.Tags.Order());
        Assert.Equal("Leader", quorum.Data["role"]);
        Assert.True(quorum.Data["applied-index"] is > 0ul);
    }

    [Fact]
    public async Task Before_the_start_and_after_the_end_no_check_passes()
    {
        await using var program = new Hosted();
        program.Builder.Services.AddSingleton(new Counter { Limit = 1 });
        program.Builder.Services.AddRaft<Counter>(program.Configure).AddHealthChecks();
        All(await ReportAsync(program), "it starts with the host");

        await program.Host.StartAsync(Hosted.Token);
        await program.Raft.ProposeAsync(new Add(2), Hosted.Token);
        await Assert.ThrowsAsync<Node.NodeStoppedException>(() => program.Raft.Completion);

        All(await ReportAsync(program), "2 is over the limit of 1");

        static void All(HealthReport report, string why) => Assert.All(report.Entries.Values, entry =>
        {
            Assert.Equal(HealthStatus.Unhealthy, entry.Status);
            Assert.Contains(why, entry.Description, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Without_a_majority_a_node_is_live_and_neither_ready_nor_in_a_quorum()
    {
        await using var program = new Hosted();
        program.Builder.Services.AddRaft<Counter>(options =>
        {
            program.Configure(options);
            options.Listen = "127.0.0.1:0";
            options.InitialMembers.Add("a", "127.0.0.1:1");
            options.InitialMembers.Add("b", "127.0.0.1:2");
        });
        program.Builder.Services.AddHealthChecks().AddRaft(options => options.Prefix = "orders");
        await program.Host.StartAsync(Hosted.Token);

        var report = await ReportAsync(program);

        Assert.Equal(HealthStatus.Healthy, report.Entries["orders-live"].Status);
        Assert.Contains(
            "Start the members that are missing", report.Entries["orders-quorum"].Description,
            StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Unhealthy, report.Entries["orders-ready"].Status);
    }

    [Fact]
    public async Task A_member_that_is_out_of_reach_is_named_with_the_reason_and_tried_on()
    {
        await using var program = new Hosted();
        program.Builder.Services.AddRaft<Counter>(options =>
        {
            program.Configure(options);
            options.Listen = "127.0.0.1:0";
            options.InitialMembers.Add("a", "127.0.0.1:1");
            options.InitialMembers.Add("b", "no-such-host.invalid:2");
        }).AddHealthChecks();
        await program.Host.StartAsync(Hosted.Token);
        while (program.Raft.Status.Peers is not [{ RetryAt: not null, LastFailure: not null }])
        {
            await Task.Delay(5, Hosted.Token);
        }

        var quorum = (await ReportAsync(program)).Entries["raft-quorum"];
        const string Why = "no-such-host.invalid:2 (the name 'no-such-host.invalid' does not resolve";
        Assert.Contains($"Out of reach: {Why}", quorum.Description, StringComparison.Ordinal);
        var outOfReach = Assert.IsType<string[]>(quorum.Data["out-of-reach"]);
        Assert.StartsWith(Why, Assert.Single(outOfReach), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_is_ready_once_its_machine_has_caught_up_and_stays_so()
    {
        await using var first = new Hosted();
        first.Builder.Services.AddRaft<Counter>(first.Configure);
        await first.Host.StartAsync(Hosted.Token);
        await first.Raft.ProposeAsync(new Add(1), Hosted.Token);
        await first.Host.StopAsync(Hosted.Token);

        await using var second = new Hosted();
        using var gate = new ManualResetEventSlim();
        second.Builder.Services.AddSingleton(new Counter { Gate = gate });
        second.Builder.Services.AddRaft<Counter>(first.Configure)
            .AddHealthChecks(options => options.ReadyWaitMax = TimeSpan.FromMilliseconds(50));
        await second.Host.StartAsync(Hosted.Token);
        await second.Raft.Leadership.AcquireAsync(Hosted.Token);
        var before = (await ReportAsync(second)).Entries["raft-ready"];
        gate.Set();
        await second.Raft.QueryAsync(counter => counter.Value, cancellation: Hosted.Token);
        var after = (await ReportAsync(second)).Entries["raft-ready"];

        Assert.Contains("still catching up", before.Description, StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Healthy, after.Status);
    }

    [Fact]
    public void Disk_and_lag_are_judged_by_where_the_node_stands()
    {
        var options = new RaftHealthOptions { LagEntriesMax = 100 };
        Assert.Null(RaftHealth.Disk(Status(), options));
        Assert.Null(RaftHealth.Lag(Status() with { CommitIndex = new(107) }, options));

        Told("101 entries behind", RaftHealth.Lag(Status() with { CommitIndex = new(108) }, options));
        Told("for 6.0 s", RaftHealth.Disk(Status() with { DiskBusy = TimeSpan.FromSeconds(6) }, options));
        Told("enlarge the disk", Disk(details => details with { IsFull = true }));
        Told("3 entries", Disk(details => details with { DamagedEntries = 3 }));
        Told("does not vote until", Disk(details => details with { IsUnsure = true }));
        Told("AddLearnerAsync", Disk(details => details with { IsTreatedAsWiped = true }));
        Told("All snapshots", Disk(details => details with { IsStateMissing = true }));

        string? Disk(Func<ReplicaStatus, ReplicaStatus> change) =>
            RaftHealth.Disk(Status() with { Details = change(Status().Details) }, options);
        static void Told(string what, string? problem) =>
            Assert.Contains(what, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_option_is_named()
    {
        var checks = new ServiceCollection().AddHealthChecks();
        var wrong = Assert.Throws<ArgumentException>(
            () => checks.AddRaft(options => options.ReadyWaitMax = TimeSpan.Zero));
        Assert.Contains("RaftHealthOptions.ReadyWaitMax is 0 ms", wrong.Message, StringComparison.Ordinal);
    }

    private static RaftStatus Status() => new()
    {
        Name = "a", Role = Role.Follower, Term = new Term(3), Leader = null, LastIndex = new LogIndex(9),
        CommitIndex = new LogIndex(8), AppliedIndex = new LogIndex(7), Details = default,
    };

    private static Task<HealthReport> ReportAsync(Hosted program) =>
        program.Host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Hosted.Token);
}
