using Ikada.Primitives;

namespace Ikada.Tests;

/// <summary>Several groups in one process.</summary>
public sealed class RaftHostTests
{
    [Fact]
    public async Task Twenty_groups_in_three_processes_count_each_for_itself()
    {
        await using var processes = new Group();
        var hosts = new List<RaftHost>();
        var groups = new Dictionary<string, List<IRaft<Counter>>>();
        try
        {
            string[] names = ["a", "b", "c"];
            Array.ForEach(names, name => processes.Add(name));
            foreach (var name in names)
            {
                hosts.Add(await RaftHost.StartAsync(Of(processes, name), cancellation: Group.Token));
            }

            for (var i = 1; i <= 20; i++)
            {
                var name = $"group-{i}";
                groups[name] = [.. await Task.WhenAll(
                    hosts.Select(host => host.OpenAsync(name, new Counter(), Group.Token)))];
            }

            var outcomes = await Task.WhenAll(groups.Values.Select(
                (members, i) => members[i % 3].ProposeAsync(new Add(i + 1), Group.Token).AsTask()));

            Assert.All(outcomes, outcome => Assert.True(outcome.IsApplied, outcome.ToString()));
            Assert.Equal(
                Enumerable.Range(1, 20).Select(value => (long)value), outcomes.Select(one => one.Result));
            foreach (var (members, i) in groups.Values.Select((members, i) => (members, i)))
            {
                Assert.Equal(
                    i + 1,
                    await members[^1].QueryAsync(counter => counter.Value, cancellation: Group.Token));
                Assert.Equal(3, members[0].Members.Current.Count);
            }

            Assert.All(hosts, host => Assert.Equal(20, host.GroupCount));
        }
        finally
        {
            await Task.WhenAll(hosts.Select(host => host.DisposeAsync().AsTask()));
        }
    }

    [Fact]
    public async Task A_group_goes_on_after_a_restart_where_it_was()
    {
        await using var processes = new Group();
        processes.Add("alone");
        await using (var host = await RaftHost.StartAsync(Of(processes), cancellation: Group.Token))
        {
            var one = await host.OpenAsync("one", new Counter(), Group.Token);
            var two = await host.OpenAsync("two", new Counter(), Group.Token);
            Assert.True((await one.ProposeAsync(new Add(1), Group.Token)).IsApplied);
            Assert.True((await two.ProposeAsync(new Add(2), Group.Token)).IsApplied);
            await one.SnapshotAsync(Group.Token);
            await one.DisposeAsync();
            Assert.Equal(1, host.GroupCount);
            Assert.Equal(4, (await two.ProposeAsync(new Add(2), Group.Token)).Result);
        }

        await using var again = await RaftHost.StartAsync(Of(processes), cancellation: Group.Token);
        var first = await again.OpenAsync("one", new Counter(), Group.Token);
        var second = await again.OpenAsync("two", new Counter(), Group.Token);
        Assert.Equal(2, (await first.ProposeAsync(new Add(1), Group.Token)).Result);
        Assert.Equal(5, (await second.ProposeAsync(new Add(1), Group.Token)).Result);
    }

    [Fact]
    public void Two_names_with_one_id_are_an_error_that_names_both()
    {
        var names = new GroupNames(_ => new GroupId(5));
        Assert.Equal(new GroupId(5), names.Take("orders"));
        Assert.Equal(new GroupId(5), names.Take("orders"));

        var wrong = Assert.Throws<ArgumentException>(() => names.Take("stock"));
        Assert.Contains("'orders' and 'stock' have the same id, 5", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_id_of_a_name_never_changes() =>
        Assert.Equal(new GroupId(13057060118512121492), Identity.GroupIdOf("orders"));

    [Fact]
    public void What_is_set_badly_is_named() =>
        Assert.Contains(
            "QuiesceAfter is -1 ms",
            new RaftHostOptions { QuiesceAfter = TimeSpan.FromMilliseconds(-1) }.Validate(),
            StringComparison.Ordinal);

    private static RaftHostOptions Of(Group processes, string name = "alone") =>
        new() { Process = processes.OptionsOf(name) };
}
