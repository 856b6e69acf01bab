namespace Ikada.Server.Tests;

public sealed class CompactionScheduleTests
{
    private static readonly ServerOptions Options = new() { DataDirectory = "unused" };

    [Theory]
    [InlineData(10)]
    [InlineData(180)]
    public void By_time_everything_of_the_period_stays_and_what_is_older_goes_in_time(int minutes)
    {
        var period = TimeSpan.FromMinutes(minutes);
        var schedule = CompactionSchedule.Of(Options with { AutoCompactionPeriod = period })!;
        var between = period < TimeSpan.FromHours(1) ? period : TimeSpan.FromHours(1);
        var (compacted, last) = (0L, TimeSpan.Zero);
        // One revision a second.
        for (var now = TimeSpan.Zero; now < 5 * period; now += schedule.Interval)
        {
            var revision = 2 + (long)now.TotalSeconds;
            var due = schedule.Next(now, revision);
            if (due is { } to)
            {
                Assert.InRange(to, compacted + 1, revision - (long)period.TotalSeconds);
                Assert.True(now >= period && (compacted == 0 || now - last >= between));
                (compacted, last) = (to, now);
                schedule.Done(now, to);
            }

            // Never later than an interval and a note's age.
            Assert.True(now < period + schedule.Interval || revision - compacted
                <= (period + between + (2 * schedule.Interval)).TotalSeconds);
        }

        Assert.True(compacted > 0);
    }

    [Fact]
    public void By_time_nothing_is_done_where_nothing_changes_and_what_failed_is_tried_again()
    {
        var period = TimeSpan.FromMinutes(1);
        var schedule = CompactionSchedule.Of(Options with { AutoCompactionPeriod = period })!;
        Assert.Null(schedule.Next(TimeSpan.Zero, 5));
        Assert.Equal(5, schedule.Next(period, 5));
        Assert.Equal(5, schedule.Next(period + schedule.Interval, 5));
        schedule.Done(period + schedule.Interval, 5);
        Assert.Null(schedule.Next(3 * period, 5));
    }

    [Fact]
    public void By_number_so_many_revisions_stay()
    {
        var schedule = CompactionSchedule.Of(Options with { AutoCompactionRevisions = 100 })!;
        Assert.Null(schedule.Next(TimeSpan.Zero, 100));
        Assert.Equal(1, schedule.Next(TimeSpan.Zero, 101));
        schedule.Done(TimeSpan.Zero, 1);
        Assert.Null(schedule.Next(TimeSpan.Zero, 101));
        Assert.Equal(50, schedule.Next(TimeSpan.Zero, 150));
    }

    [Fact]
    public void Without_retention_there_is_no_schedule() => Assert.Null(CompactionSchedule.Of(Options));

    [Fact]
    public async Task A_server_compacts_by_itself()
    {
        await using var cluster = new TestCluster(1);
        await cluster.StartAsync(0, cluster.Options(0) with
        {
            AutoCompactionPeriod = TimeSpan.FromMilliseconds(100),
        });
        await cluster.PutAsync(0, "a", "1");
        await cluster.PutAsync(0, "a", "2");
        await TestCluster.EventuallyAsync(async () =>
        {
            var hash = await cluster.Maintenance(0).HashKVAsync(
                new Api.Etcd.HashKVRequest(), cancellationToken: TestContext.Current.CancellationToken);
            return hash.CompactRevision == 3;
        });
    }
}
