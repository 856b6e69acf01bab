using System.Diagnostics;
using Ikada.Node;
using Microsoft.Extensions.DependencyInjection;

namespace Ikada.Tests;

/// <summary>What a proposal leaves in a trace.</summary>
public sealed class ActivityTests
{
    [Fact]
    public async Task A_proposal_is_an_activity_with_its_index_term_outcome_bytes_and_retries()
    {
        await using var group = await Group.StartAsync("a");
        var term = (await group["a"].Leadership.AcquireAsync(Group.Token)).Term;
        var ended = new List<Activity>();
        using var caller = new Activity("test").Start();
        using var listener = Listener(caller.TraceId, ended.Add);

        var outcome = await group["a"].ProposeAsync(new Add(1), Group.Token);

        var activity = Assert.Single(ended);
        Assert.Equal("ikada.propose", activity.OperationName);
        Assert.Equal(ActivityStatusCode.Ok, activity.Status);
        Assert.Equal("applied", activity.GetTagItem("ikada.outcome"));
        Assert.Equal((long)outcome.Index.Value, activity.GetTagItem("ikada.index"));
        Assert.Equal((long)term.Value, activity.GetTagItem("ikada.term"));
        Assert.Equal(0, activity.GetTagItem("ikada.retries"));
        Assert.True(activity.GetTagItem("ikada.bytes") is > 0);
        Assert.True(activity.Duration > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_proposal_that_is_not_applied_is_an_error()
    {
        await using var program = new Hosted();
        program.Builder.Services.AddRaft<Counter>(options =>
        {
            program.Configure(options);
            options.Sessions = null;
            options.Listen = "127.0.0.1:0";
            options.InitialMembers.Add("a", "127.0.0.1:1");
            options.InitialMembers.Add("b", "127.0.0.1:2");
        });
        await program.Host.StartAsync(Hosted.Token);
        var ended = new TaskCompletionSource<Activity>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var caller = new Activity("test").Start();
        using var listener = Listener(caller.TraceId, ended.SetResult);
        using var gone = new CancellationTokenSource();

        var proposal = program.Raft.ProposeAsync(new Add(1), gone.Token).AsTask();
        await gone.CancelAsync();

        var activity = await ended.Task.WaitAsync(TimeSpan.FromSeconds(10), Hosted.Token);
        Assert.NotEqual(OutcomeStatus.Applied, (await proposal).Status);
        Assert.Equal(ActivityStatusCode.Error, activity.Status);
        Assert.Contains(activity.GetTagItem("ikada.outcome"), new object[] { "refused", "unknown" });
        Assert.Null(activity.GetTagItem("ikada.index"));
    }

    // Other tests of this process propose at the same time: only one trace counts.
    private static ActivityListener Listener(ActivityTraceId trace, Action<Activity> ended)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == NodeActivities.SourceName,
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == trace)
                {
                    ended(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
