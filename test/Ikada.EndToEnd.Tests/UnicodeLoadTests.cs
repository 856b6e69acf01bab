using Ikada.Cli.Loading;
using Ikada.Cli.Processes;

namespace Ikada.EndToEnd.Tests;

/// <summary>Real data is loaded while leaders die.</summary>
public sealed class UnicodeLoadTests : IAsyncLifetime
{
    private const string UnicodeData = "/usr/share/unicode/UnicodeData.txt";
    private readonly ClusterFixture _fixture = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    // A tenth of the records; all of them with IKADA_LONG=1.
    [Fact]
    [Trait("Needs", "unicode-data")]
    public async Task Unicode_data_loads_while_the_leader_is_killed_twice()
    {
        var all = Environment.GetEnvironmentVariable("IKADA_LONG") == "1";
        var records = Records.Read(UnicodeData, "u/", every: all ? 1 : 10);
        var loader = new Loader(_fixture.Servers, records);
        var loading = loader.RunAsync(clients: 16, Cancelled);
        LocalMember? dead = null;
        for (var kill = 1; kill <= 2; kill++)
        {
            var share = records.Count * kill / 3;
            await Eventually.HoldsAsync(
                $"{share} records", () => Task.FromResult(loader.Acknowledged >= share));
            if (dead is not null)
            {
                _fixture.Cluster.Start(dead);
                await _fixture.LeaderAsync();
            }

            dead = await _fixture.LeaderAsync();
            dead.Kill();
        }

        await loading;
        _fixture.Cluster.Start(dead!);
        await _fixture.SettledAsync();
        Assert.Equal(records.Count, loader.Acknowledged);
        Assert.Equal(0, await loader.CompareAsync("u/", TextWriter.Null, Cancelled));
    }
}
