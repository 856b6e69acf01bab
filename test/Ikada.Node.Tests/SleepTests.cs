using Ikada.Consensus;

namespace Ikada.Node.Tests;

/// <summary>Groups that have nothing to do exchange nothing; the heartbeat of the process stands in for
/// theirs.</summary>
public sealed class SleepTests : IDisposable
{
    private static readonly NodeOptions Options = TestNode.Options with
    {
        Consensus = TestNode.Options.Consensus with { QuiesceAfter = TimeSpan.FromMilliseconds(200) },
    };

    private readonly string _directory = Directory.CreateTempSubdirectory("ikada-sleep-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Idle_groups_send_nothing_while_the_processes_go_on_showing_that_they_live()
    {
        await using var hosts = await AsleepAsync();
        var (before, pulses) = (SentOfGroups(hosts), hosts[0].Transport.Sent(default));

        // Ten heartbeats of the process to each of the two others.
        await NodeCluster.UntilAsync("time passes", () => hosts[0].Transport.Sent(default) >= pulses + 20);

        Assert.Equal(before, SentOfGroups(hosts));
        foreach (var group in hosts.Groups)
        {
            await hosts.ProposeAsync(group, "awake");
        }
    }

    [Fact]
    public async Task A_process_that_is_cut_off_loses_the_sleeping_groups_that_it_leads()
    {
        await using var hosts = await AsleepAsync();
        var lost = hosts[0].Host.Groups.Concat(hosts[1].Host.Groups).First(IsLeader).Status.Self;
        var cut = hosts[NodeCluster.NumberOf(lost)];
        cut.Transport.IsCutOff = true;

        await NodeCluster.UntilAsync(
            "all groups are led by others",
            () => hosts.Live.Where(host => host != cut).SelectMany(host => host.Host.Groups)
                .All(node => node.Status.Leader is { IsNone: false } leader && leader != lost));
        await NodeCluster.UntilAsync("it knows", () => !cut.Host.Groups.Any(IsLeader));
    }

    [Fact]
    public async Task A_process_that_ends_loses_the_sleeping_groups_that_it_leads()
    {
        await using var hosts = await AsleepAsync();
        var lost = hosts[0].Host.Groups.First().Status.Leader;

        await hosts.StopAsync(NodeCluster.NumberOf(lost));

        await NodeCluster.UntilAsync(
            "all groups are led by others",
            () => hosts.Live.SelectMany(host => host.Host.Groups)
                .All(node => node.Status.Leader is { IsNone: false } leader && leader != lost));
    }

    private static bool IsLeader(RaftNode node) => node.Status.Role == Role.Leader;

    private static int SentOfGroups(HostCluster hosts) => hosts.Live.Sum(host => host.Transport.SentOfGroups);

    // Nothing was sent of any group for several heartbeat intervals: they sleep.
    private async Task<HostCluster> AsleepAsync()
    {
        var hosts = await HostCluster.StartAsync(_directory, groups: 8, Options);
        foreach (var group in hosts.Groups)
        {
            await hosts.ProposeAsync(group, "one");
        }

        var (sent, pulses) = (-1, 0);
        await NodeCluster.UntilAsync("the groups sleep", () =>
        {
            if (SentOfGroups(hosts) != sent)
            {
                (sent, pulses) = (SentOfGroups(hosts), hosts[0].Transport.Sent(default));
            }

            return hosts[0].Transport.Sent(default) >= pulses + 16;
        });
        return hosts;
    }
}
