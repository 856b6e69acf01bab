using Ikada.Cli.Processes;

namespace Ikada.EndToEnd.Tests;

public sealed class StrangerTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    [Fact]
    public async Task A_peer_of_another_cluster_is_refused_and_both_sides_log_it()
    {
        var directory = Directory.CreateTempSubdirectory("ikada-").FullName;
        var ports = FreePorts.Take(2);
        using var stranger = new LocalMember(Command.Ikada, "s", directory, ports[0], ports[1]);
        try
        {
            // It believes a member of the other cluster to be one of its own.
            var victim = fixture.Cluster.Members[0];
            stranger.Start([
                "--initial-cluster-token", "another",
                "--initial-cluster", $"s={stranger.PeerUrl},n1={victim.PeerUrl}",
            ]);
            await Eventually.HoldsAsync("a line about the other cluster in a log", () => Task.FromResult(
                Mentions(victim.LogFile) || Mentions(stranger.LogFile)));
            (await Command.IkadaAsync("put", "still", "here", "--endpoints", victim.Endpoint)).Succeeded();
            Assert.True(stranger.IsRunning, stranger.LogTail());
        }
        finally
        {
            await stranger.StopAsync();
            Directory.Delete(directory, recursive: true);
        }
    }

    private static bool Mentions(string log) => File.Exists(log)
        && File.ReadLines(log).Any(line => line.Contains("cluster", StringComparison.OrdinalIgnoreCase)
            && (line.Contains("refuse", StringComparison.OrdinalIgnoreCase)
                || line.Contains("another", StringComparison.OrdinalIgnoreCase)));
}
