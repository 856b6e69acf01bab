using System.Net.Http.Json;

namespace Ikada.Samples.Tests;

public sealed class CounterTests
{
    [Fact]
    public async Task The_count_is_exact_on_every_node_after_one_was_killed_and_came_back()
    {
        using var group = new SampleGroup("Counter");
        await group.StartAsync(group.Names);
        var total = await AddThroughEachAsync(group);
        group.Kill("a");
        total += await AddThroughEachAsync(group);
        await group.StartAsync("a");
        total += await AddThroughEachAsync(group);

        foreach (var name in group.Names)
        {
            Assert.Equal(total, await group[name].GetFromJsonAsync<long>("/", SampleProcess.Token));
        }
    }

    private static async Task<long> AddThroughEachAsync(SampleGroup group)
    {
        foreach (var name in group.Running)
        {
            using var response = await group[name].PostAsync("/add/7", content: null, SampleProcess.Token);
            Assert.True(response.IsSuccessStatusCode, $"{name}: {response.StatusCode}\n{group.Output}");
        }

        return 7 * group.Running.Count();
    }
}
