using System.Diagnostics.Metrics;
using Ikada.Node;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Ikada.Tests;

/// <summary>A node that a host starts and stops.</summary>
public sealed class HostingTests
{
    private const int Sealed = 104;
    private const int HandedOver = 110;
    private const int StopsHost = 320;

    [Fact]
    public async Task What_is_called_before_the_start_waits_for_it_and_works_then()
    {
        await using var program = new Hosted();
        program.Builder.Services.AddRaft<Counter>(program.Configure);
        var tenure = program.Raft.Leadership.AcquireAsync(Hosted.Token);
        var proposal = program.Raft.ProposeAsync(new Add(3), Hosted.Token).AsTask();
        Assert.False(program.Raft.Leadership.IsHeld);
        Assert.Null(program.Raft.Leadership.Leader);
        var early = Assert.Throws<InvalidOperationException>(() => program.Raft.Status);
        Assert.Contains("it starts with the host", early.Message, StringComparison.Ordinal);
        Assert.False(proposal.IsCompleted);

        await program.Host.StartAsync(Hosted.Token);

        Assert.Equal(3, (await proposal).Result);
        Assert.Equal(program.Raft.Status.Term, (await tenure).Term);
        Assert.Same(program.Raft, program.Host.Services.GetRequiredService<IRaft>());
    }

    [Fact]
    public async Task A_proposal_whose_caller_gives_up_before_the_start_is_refused()
    {
        await using var program = new Hosted();
        program.Builder.Services.AddRaft<Counter>(program.Configure);
        using var patience = new CancellationTokenSource();
        var proposal = program.Raft.ProposeAsync(new Add(3), patience.Token).AsTask();
        await patience.CancelAsync();
        Assert.Equal(OutcomeStatus.Refused, (await proposal).Status);
    }

    [Fact]
    public async Task A_stop_seals_the_log_and_the_next_start_goes_on_from_there_with_the_machine_registered()
    {
        await using var first = new Hosted();
        first.Builder.Services.AddRaft<Counter>(first.Configure);
        await first.Host.StartAsync(Hosted.Token);
        await first.Raft.ProposeAsync(new Add(3), Hosted.Token);
        await first.Host.StopAsync(Hosted.Token);
        Assert.Contains(first.Logged, line => line.Id == HandedOver);
        Assert.Contains(first.Logged, line => line.Id == Sealed);
        Assert.True(first.Raft.Completion.IsCompletedSuccessfully);

        await using var second = new Hosted();
        var machine = new Counter();
        second.Builder.Services.AddSingleton(machine);
        second.Builder.Services.AddRaft<Counter>(first.Configure);
        await second.Host.StartAsync(Hosted.Token);
        Assert.Equal(3, await second.Raft.QueryAsync(counter => counter.Value, cancellation: Hosted.Token));
        Assert.Equal(3, machine.Value);
    }

    [Fact]
    public async Task The_start_does_not_wait_for_a_leader()
    {
        await using var program = new Hosted();
        program.Builder.Services.AddRaft<Counter>(options =>
        {
            program.Configure(options);
            options.Listen = "127.0.0.1:0";
            options.InitialMembers.Add("a", "127.0.0.1:1");
            options.InitialMembers.Add("b", "127.0.0.1:2");
        });
        await program.Host.StartAsync(Hosted.Token);
        Assert.Null(program.Raft.Status.Leader);
    }

    [Fact]
    public async Task Options_come_from_configuration_and_code_has_the_last_word()
    {
        await using var program = new Hosted();
        program.Builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Raft:Name"] = "n1",
            ["Raft:Cluster"] = "orders",
            ["Raft:Listen"] = "127.0.0.1:0",
            ["Raft:InitialMembers:n1"] = "127.0.0.1:7001",
            ["Raft:ElectionTimeout"] = "00:00:00.5",
            ["Raft:Node:ProposalBytesMax"] = "1000",
        });
        program.Builder.Services.Configure<RaftOptions>(program.Builder.Configuration.GetSection("Raft"));
        program.Builder.Services.AddRaft<Counter>(options =>
        {
            program.Configure(options);
            options.Name = "n1";
        });
        await program.Host.StartAsync(Hosted.Token);

        var options = program.Host.Services.GetRequiredService<IOptions<RaftOptions>>().Value;
        Assert.Equal(("n1", "orders"), (options.Name, options.Cluster));
        Assert.Equal(TimeSpan.FromMilliseconds(100), options.ElectionTimeout);
        Assert.Equal(1000, options.Node.ProposalBytesMax);
        var member = Assert.Single(program.Raft.Members.Current);
        Assert.Equal("n1 at 127.0.0.1:7001", member.ToString());
    }

    [Fact]
    public async Task A_bad_option_ends_the_start_of_the_host_and_is_named()
    {
        await using var program = new Hosted();
        program.Builder.Services.AddRaft<Counter>(options => options.Name = "a");
        var wrong = await Assert.ThrowsAsync<OptionsValidationException>(
            () => program.Host.StartAsync(Hosted.Token));
        Assert.Contains("RaftOptions.DataDirectory is empty", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_at_the_start_ends_the_start_of_the_host_with_its_message_and_whoever_waits()
    {
        await using var first = new Hosted();
        first.Builder.Services.AddRaft<Counter>(first.Configure);
        await first.Host.StartAsync(Hosted.Token);

        await using var second = new Hosted();
        second.Builder.Services.AddRaft<Counter>(first.Configure);
        var waiting = second.Raft.ProposeAsync(new Add(1), Hosted.Token).AsTask();
        var leading = second.Raft.Leadership.AcquireAsync(Hosted.Token);
        var error = await Assert.ThrowsAnyAsync<Exception>(() => second.Host.StartAsync(Hosted.Token));
        var told = await Assert.ThrowsAsync<NodeStoppedException>(() => waiting);
        Assert.Contains(error.Message, told.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NodeStoppedException>(() => leading);
    }

    [Fact]
    public async Task A_node_that_has_to_stop_by_itself_stops_the_host_with_the_reason()
    {
        await using var program = new Hosted();
        program.Builder.Services.AddSingleton(new Counter { Limit = 10 });
        program.Builder.Services.AddRaft<Counter>(program.Configure);
        var run = program.Host.RunAsync(Hosted.Token);
        Assert.Equal(5, (await program.Raft.ProposeAsync(new Add(5), Hosted.Token)).Result);

        var outcome = await program.Raft.ProposeAsync(new Add(6), Hosted.Token);

        Assert.Equal(OutcomeStatus.Unknown, outcome.Status);
        var reason = await Assert.ThrowsAsync<NodeStoppedException>(() => run);
        Assert.Matches(
            @"Counter threw OverflowException at the Add of index \d+: 11 is over the limit of 10",
            reason.Message);
        Assert.IsType<OverflowException>(reason.InnerException?.InnerException);
        Assert.Contains(program.Logged, line => line.Id == StopsHost
            && line.Text.Contains(reason.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_meter_comes_from_the_factory_of_the_host()
    {
        await using var program = new Hosted();
        program.Builder.Services.AddRaft<Counter>(program.Configure);
        var factory = program.Host.Services.GetRequiredService<IMeterFactory>();
        var names = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Scope == factory)
                {
                    names.Add($"{instrument.Meter.Name}: {instrument.Name}");
                }
            },
        };
        listener.Start();
        await program.Host.StartAsync(Hosted.Token);
        Assert.Contains("Ikada.Node: ikada.commit.index", names);
    }

    [Fact]
    public void A_second_group_needs_options_and_a_machine_of_its_own()
    {
        var services = new ServiceCollection();
        services.AddRaft<Counter>();
        var twice = Assert.Throws<InvalidOperationException>(() => services.AddRaft<Counter>("other", null));
        Assert.Contains("AddRaft<Counter> is called twice", twice.Message, StringComparison.Ordinal);
        var same = Assert.Throws<InvalidOperationException>(() => services.AddRaft<OtherCounter>());
        Assert.Contains("AddRaft<OtherCounter>(\"OtherCounter\"", same.Message, StringComparison.Ordinal);
        services.AddRaft<OtherCounter>("other", null);
    }

    [Fact]
    public async Task Two_groups_in_one_program_have_options_by_name()
    {
        await using var program = new Hosted();
        program.Builder.Services.AddRaft<Counter>(program.Configure);
        program.Builder.Services.AddRaft<OtherCounter>("other", options =>
        {
            program.Configure(options);
            options.DataDirectory += "-other";
            options.Cluster = "other";
        });
        await program.Host.StartAsync(Hosted.Token);
        var other = program.Host.Services.GetRequiredService<IRaft<OtherCounter>>();
        Assert.Equal(1, (await program.Raft.ProposeAsync(new Add(1), Hosted.Token)).Result);
        Assert.Equal(2, (await other.ProposeAsync(new Add(2), Hosted.Token)).Result);
    }

    private sealed class OtherCounter : Counter;
}
