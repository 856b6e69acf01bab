namespace Ikada.EndToEnd.Tests;

/// <summary>A user of the command line: known to servers with authentication, of no effect at
/// others.</summary>
[Trait("Needs", "etcdctl")]
[Trait("Needs", "etcd")]
public sealed class LoginTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private string First => fixture.Cluster.Members[0].Endpoint;

    [Fact]
    public async Task A_server_without_authentication_says_so_and_the_command_goes_on()
    {
        // A busy machine may take longer than a command waits.
        var put = await Eventually.GetAsync("a put", async () =>
            await Command.IkadaAsync("put", "u/a", "1", "--user=me:secret", "--endpoints", First)
                is { ExitCode: 0 } done ? done : null);
        Assert.Equal("OK\n", put.Output);
        Assert.Equal(
            $"ikada: {First}: etcdserver: authentication is not enabled: --user=me has no effect there\n",
            put.Errors);
    }

    [Fact]
    public async Task A_server_with_authentication_lets_in_who_knows_the_password()
    {
        await using var etcd = await RealEtcd.StartAsync();
        (await Command.EtcdctlAsync(etcd.Endpoint, "user", "add", "root:pw")).Succeeded();
        (await Command.EtcdctlAsync(etcd.Endpoint, "user", "grant-role", "root", "root")).Succeeded();
        (await Command.EtcdctlAsync(etcd.Endpoint, "auth", "enable")).Succeeded();
        // A busy machine may take longer than a command waits.
        await Eventually.HoldsAsync("a refusal of nobody", async () =>
            (await PutAsync(etcd)).Errors.Contains("user name is empty", StringComparison.Ordinal));
        await Eventually.HoldsAsync("a refusal of another password", async () =>
            (await PutAsync(etcd, "--user=root:other")).Errors.Contains(
                "authentication failed, invalid user ID or password", StringComparison.Ordinal));
        await Eventually.HoldsAsync("a put by who knows the password", async () =>
            await PutAsync(etcd, "--user=root", "--password=pw")
                is { ExitCode: 0, Output: "OK\n", Errors: "" });
    }

    private static Task<Command> PutAsync(RealEtcd etcd, params string[] options) =>
        Command.IkadaAsync(["put", "u/a", "1", "--endpoints", etcd.Endpoint, .. options]);
}
