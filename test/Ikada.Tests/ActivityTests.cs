using System.Diagnostics;
using Ikada.Node;

namespace Ikada.Tests;

/// <summary>What a proposal leaves in a trace.</summary>
public sealed class ActivityTests
{
    [Fact]
    public async Task A_proposal_is_an_activity_with_its_index_term_outcome_bytes_and_retries()
    {
        await using var group = await Group.StartAsync("a");
        var term = (await group["a"].Leadership.AcquireAsync(Group.Token)).Term;
        var mine = ActivityTraceId.CreateRandom();
        var ended = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == NodeActivities.SourceName,
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                // Other tests of this process propose at the same time.
                if (activity.TraceId == mine)
                {
                    ended.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        using var caller = new Activity("test").SetParentId(mine, ActivitySpanId.CreateRandom()).Start();

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
        await using var group = await Group.StartAsync("a");
        var ended = new TaskCompletionSource<Activity>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var caller = new Activity("test").Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == NodeActivities.SourceName,
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == caller.TraceId)
                {
                    ended.TrySetResult(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();

        var outcome = await group["a"].ProposeAsync(new Add(1), gone.Token);

        var activity = await ended.Task.WaitAsync(Group.Token);
        Assert.Equal(OutcomeStatus.Refused, outcome.Status);
        Assert.Equal(ActivityStatusCode.Error, activity.Status);
        Assert.Equal("refused", activity.GetTagItem("ikada.outcome"));
        Assert.Equal("NoLeader", activity.GetTagItem("ikada.refusal"));
    }
}
