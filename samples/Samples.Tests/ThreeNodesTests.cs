using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;

namespace Ikada.Samples.Tests;

public sealed class ThreeNodesTests(ThreeNodesTests.Nodes nodes) : IClassFixture<ThreeNodesTests.Nodes>
{
    [Fact]
    public async Task Nothing_acknowledged_is_lost_or_doubled_when_the_leader_is_killed_under_load()
    {
        var group = nodes.Group;
        var leader = await LeaderAsync(group, "a");
        var others = group.Names.Where(name => name != leader).ToArray();
        var added = new ConcurrentBag<string>();
        var isKilled = new TaskCompletionSource();
        var load = others.Select(name => AddAsync(group, name, added, isKilled.Task)).ToArray();
        while (added.Count < 20)
        {
            await Task.WhenAny(load.Append(Task.Delay(5, SampleProcess.Token)));
        }

        group.Kill(leader);
        isKilled.SetResult();
        await Task.WhenAll(load);
        await group.StartAsync(leader);

        Assert.NotEqual(leader, await LeaderAsync(group, others[0]));
        foreach (var name in group.Names)
        {
            var items = await group[name].GetFromJsonAsync<Item[]>("/items", SampleProcess.Token);
            var texts = items!.Select(item => item.Text).ToList();
            Assert.Empty(added.Except(texts));
            Assert.Equal(texts.Count, texts.Distinct().Count());
        }
    }

    [Fact]
    public async Task Items_are_finished_and_removed_and_health_is_told()
    {
        var group = nodes.Group;
        using var made = await group["a"].PostAsJsonAsync(
            "/items", new { text = "learn to swim" }, SampleProcess.Token);
        var item = await made.Content.ReadFromJsonAsync<Item>(SampleProcess.Token);
        using var finished = await group["b"].PostAsync(
            $"/items/{item!.Id}/finish", content: null, SampleProcess.Token);
        var done = await finished.Content.ReadFromJsonAsync<Item>(SampleProcess.Token);
        Assert.Equal(item with { IsDone = true }, done);

        using var removed = await group["c"].DeleteAsync($"/items/{item.Id}", SampleProcess.Token);
        using var again = await group["a"].DeleteAsync($"/items/{item.Id}", SampleProcess.Token);
        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
        Assert.Equal("Healthy", await group["a"].GetStringAsync("/live", SampleProcess.Token));
        Assert.Equal("Healthy", await group["a"].GetStringAsync("/ready", SampleProcess.Token));
    }

    // Adds until the leader is dead, and five more.
    private static async Task AddAsync(
        SampleGroup group, string name, ConcurrentBag<string> added, Task isKilled)
    {
        var client = group[name];
        for (int number = 0, left = 5; left > 0; number++)
        {
            left -= isKilled.IsCompleted ? 1 : 0;
            var text = $"{name} {number}";
            using var response = await client.PostAsJsonAsync("/items", new { text }, SampleProcess.Token);
            if (response.IsSuccessStatusCode)
            {
                added.Add(text);
            }
        }
    }

    private static async Task<string> LeaderAsync(SampleGroup group, string asked)
    {
        while (true)
        {
            var status = await group[asked].GetFromJsonAsync<Status>("/status", SampleProcess.Token);
            if (status!.Leader is { } leader)
            {
                return leader;
            }

            await Task.Delay(20, SampleProcess.Token);
        }
    }

    /// <summary>Each test leaves all three running.</summary>
    public sealed class Nodes : IAsyncLifetime
    {
        internal SampleGroup Group { get; } = new("ThreeNodes");

        public async ValueTask InitializeAsync() => await Group.StartAsync(Group.Names);

        public ValueTask DisposeAsync()
        {
            Group.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private sealed record Item(long Id, string Text, DateTimeOffset At, bool IsDone);

    private sealed record Status(string Name, string Role, string? Leader);
}
