using System.Text.RegularExpressions;

namespace Ikada.EndToEnd.Tests;

/// <summary>Two of three servers are lost for good.</summary>
public sealed class RecoverTests : IAsyncLifetime
{
    private readonly ClusterFixture _fixture = new();

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task The_survivor_is_recovered_serves_all_its_data_and_refuses_the_lost_ones()
    {
        var members = _fixture.Cluster.Members;
        var survivor = members[2];
        await PutAsync(_fixture.Endpoints, "before", "1");
        await _fixture.SettledAsync();
        foreach (var member in members)
        {
            member.Kill();
        }

        var asked = await Command.IkadaAsync("recover", survivor.DataDirectory);
        Assert.Equal(1, asked.ExitCode);
        Assert.Contains("Entries that were acknowledged to clients are lost", asked.Output,
            StringComparison.Ordinal);
        Assert.Contains("nothing was changed; to do it, add --yes-i-accept-data-loss", asked.Errors,
            StringComparison.Ordinal);

        var done = (await Command.IkadaAsync(
            "recover", survivor.DataDirectory, "--yes-i-accept-data-loss")).Succeeded();
        Assert.Contains("Done.", done.Output, StringComparison.Ordinal);
        var dump = (await Command.IkadaAsync("log", "dump", survivor.DataDirectory)).Succeeded();
        var entry = Regex.Match(done.Output, @"entry (\d+)/(\d+) makes voters=\([0-9a-f]+\) of").Groups;
        Assert.Matches(
            $@"index {entry[2]}, term {entry[1]}, membership voters=\([0-9a-f]+\)", dump.Output);

        _fixture.Cluster.Start(survivor);
        await Eventually.HoldsAsync("the survivor serving what it held", async () =>
            await GetAsync(survivor.Endpoint, "before") == "1\n");
        await PutAsync(survivor.Endpoint, "after", "2");

        _fixture.Cluster.Start(members[0]);
        await Eventually.HoldsAsync("the old member being refused", () => Task.FromResult(
            File.ReadAllText(members[0].LogFile).Contains("WrongCluster", StringComparison.Ordinal)));
        Assert.Equal("2\n", await GetAsync(survivor.Endpoint, "after"));
        var again = await Command.IkadaAsync("recover", survivor.DataDirectory);
        Assert.Contains("Stop that process", again.Errors, StringComparison.Ordinal);
    }

    private static async Task PutAsync(string endpoints, string key, string value) =>
        (await Command.IkadaAsync("put", key, value, "--endpoints", endpoints)).Succeeded();

    private static async Task<string> GetAsync(string endpoints, string key)
    {
        var got = await Command.IkadaAsync("get", key, "--print-value-only", "--endpoints", endpoints);
        return got.Output;
    }
}
