using System.Diagnostics;

namespace Ikada.EndToEnd.Tests;

/// <summary>etcdctl watch, which never ends by itself, against three servers.</summary>
[Trait("Needs", "etcdctl")]
public sealed class EtcdctlWatchTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Every_member_tells_history_and_then_what_happens()
    {
        foreach (var member in fixture.Cluster.Members)
        {
            var key = $"w/{member.Name}";
            await EtcdctlAsync("put", key, "1");
            using var watch = Start(member.Endpoint, key, "--prefix", "--rev=1", "--prev-kv");
            try
            {
                await ReadAsync(watch, "PUT", key, "1");
                await EtcdctlAsync("put", key, "2");
                await ReadAsync(watch, "PUT", key, "1", key, "2");
                await EtcdctlAsync("del", key);
                await ReadAsync(watch, "DELETE", key, "2", key, "");
                await EtcdctlAsync("put", key, "3");
                await ReadAsync(watch, "PUT", key, "3");
            }
            finally
            {
                watch.Kill();
                await watch.WaitForExitAsync(TestContext.Current.CancellationToken);
            }
        }
    }

    private static Process Start(string endpoint, params string[] arguments)
    {
        var start = new ProcessStartInfo("etcdctl", [$"--endpoints={endpoint}", "watch", .. arguments])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["ETCDCTL_API"] = "3";
        return Process.Start(start)!;
    }

    private static async Task ReadAsync(Process watch, params string[] expected)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(
            TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        foreach (var line in expected)
        {
            Assert.Equal(line, await watch.StandardOutput.ReadLineAsync(limit.Token));
        }
    }

    private async Task EtcdctlAsync(params string[] arguments) =>
        (await Command.EtcdctlAsync(fixture.Endpoints, arguments)).Succeeded();
}
