using System.Text.RegularExpressions;

namespace Ikada.EndToEnd.Tests;

/// <summary>A cluster that is well, one with a dead member, and one without a majority.</summary>
public sealed class DoctorTests : IAsyncLifetime
{
    private readonly ClusterFixture _fixture = new();

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task What_is_found_follows_what_is_done_to_the_cluster()
    {
        var members = _fixture.Cluster.Members;
        // Members are known once they have told their URLs; asked at one server, all are looked at. That the
        // disk of a busy machine is slow is a right verdict.
        await Eventually.HoldsAsync("a cluster that is well", async () =>
        {
            var well = await Command.IkadaAsync(
                "doctor", "-w", "json", "--endpoints", members[0].Endpoint, "--data-dir",
                members[0].DataDirectory);
            var checks = Regex.Matches(well.Output, "\"check\":\"([a-z]+)\"")
                .Select(one => one.Groups[1].Value).ToList();
            return well.Output.Contains("\"answered\":3", StringComparison.Ordinal)
                && checks.All(check => check == "disk") && well.ExitCode == (checks.Count > 0 ? 1 : 0);
        });

        members[2].Kill();
        var one = await Eventually.GetAsync("the others having noticed", async () =>
        {
            var found = await Command.IkadaAsync("doctor", "-w", "json", "--endpoints", members[0].Endpoint);
            return found.ExitCode == 1
                && found.Output.Contains("have no connection", StringComparison.Ordinal)
                && !found.Output.Contains("\"leader\"", StringComparison.Ordinal) ? found : null;
        });
        Assert.Contains("\"well\":false,\"servers\":3,\"answered\":2", one.Output, StringComparison.Ordinal);
        Assert.Contains(
            "\"check\":\"reach\",\"where\":\"n3\",\"evidence\":\"http://" + members[2].Endpoint
            + " does not answer (no connection)", one.Output, StringComparison.Ordinal);

        members[1].Kill();
        var two = await Eventually.GetAsync("no leader", async () =>
        {
            var found = await Command.IkadaAsync("doctor", "-w", "json", "--endpoints", _fixture.Endpoints);
            return found.Output.Contains("no leader", StringComparison.Ordinal) ? found : null;
        });
        Assert.Equal(1, two.ExitCode);
        Assert.Matches("missing: (n2, n3|n3, n2)", two.Output);

        members[0].Kill();
        var nobody = await Command.IkadaAsync("doctor", "--endpoints", members[0].Endpoint);
        Assert.Equal(2, nobody.ExitCode);
        Assert.Contains("no server answers", nobody.Errors, StringComparison.Ordinal);
    }
}
