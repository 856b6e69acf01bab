namespace Ikada.EndToEnd.Tests;

public sealed class VerbsTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    [Fact]
    public async Task Put_get_and_del_work_at_any_server()
    {
        var key = 0;
        foreach (var member in fixture.Cluster.Members)
        {
            var name = $"v/{key++}";
            Assert.Equal("OK\n", await Ikada("put", name, "x", "--endpoints", member.Endpoint));
            Assert.Equal($"{name}\nx\n", await Ikada("get", name, "--endpoints", member.Endpoint));
            Assert.Equal(
                "x\n", await Ikada("get", name, "--print-value-only", "--endpoints", member.Endpoint));
        }

        Assert.Equal(
            "3\n", await Ikada("get", "v/", "--prefix", "--count-only", "--endpoints", fixture.Endpoints));
        Assert.Equal("3\n", await Ikada("del", "v/", "--prefix", "--endpoints", fixture.Endpoints));
    }

    [Fact]
    public async Task A_read_and_a_write_go_on_to_the_next_server_when_the_first_is_not_there()
    {
        var endpoints = "127.0.0.1:1," + fixture.Endpoints;
        Assert.Equal("OK\n", await Ikada("put", "next", "x", "--endpoints", endpoints));
        Assert.Equal("next\nx\n", await Ikada("get", "next", "--endpoints", endpoints));
    }

    [Fact]
    public async Task Status_shows_every_server_and_fails_when_one_does_not_answer()
    {
        var all = await Ikada("status", "--endpoints", fixture.Endpoints);
        Assert.Contains(" leader ", all, StringComparison.Ordinal);
        Assert.Equal(2, all.Split(" follower ").Length - 1);

        var some = await Command.IkadaAsync("status", "--endpoints", "127.0.0.1:1," + fixture.Endpoints);
        Assert.Equal(1, some.ExitCode);
        Assert.Contains("unreachable", some.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_short_load_shows_a_row_each_and_leaves_no_key()
    {
        var table = await Ikada(
            "bench", "--seconds", "0.1", "--clients", "4", "--keys", "100", "--workloads", "put,get,swap",
            "--endpoints", fixture.Endpoints);
        foreach (var row in (string[])["put", "get, linearizable", "compare and swap"])
        {
            Assert.Contains($"| {row} ", table, StringComparison.Ordinal);
        }

        Assert.Equal(
            "0\n",
            await Ikada("get", "ikada-bench/", "--prefix", "--count-only", "--endpoints", fixture.Endpoints));
        var refused = await Command.IkadaAsync("bench", "--workloads", "put,sing");
        Assert.Equal(2, refused.ExitCode);
        Assert.StartsWith(
            "ikada: error: --workloads: 'sing' is none of put, get, ", refused.Errors,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_cannot_be_done_is_one_line_and_exit_code_1()
    {
        var refused =
            await Command.IkadaAsync("put", "", "x", "--endpoints", fixture.Cluster.Members[0].Endpoint);
        Assert.Equal(1, refused.ExitCode);
        Assert.Equal(
            $"ikada: error: put : {fixture.Cluster.Members[0].Endpoint}: etcdserver: key is not provided\n",
            refused.Errors);
    }

    private static async Task<string> Ikada(params string[] arguments) =>
        (await Command.IkadaAsync(arguments)).Succeeded().Output;
}
