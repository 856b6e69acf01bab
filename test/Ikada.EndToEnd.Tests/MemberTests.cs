using Ikada.Cli.Processes;

namespace Ikada.EndToEnd.Tests;

/// <summary>etcd's procedure for members, word for word: etcdctl adds one, the server is started with what it
/// printed.</summary>
[Trait("Needs", "etcdctl")]
public sealed class MemberTests : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ikada-members-").FullName;
    private readonly List<LocalMember> _members = [];

    [Fact]
    public async Task A_cluster_grows_from_one_to_three_loses_a_node_and_gets_another()
    {
        var first = Make("n1");
        first.Start([.. Cluster(first), "--initial-cluster-state", "new"]);
        await Etcdctl("put", "k", "v");

        var second = await AddAsync("n2");
        await Etcdctl("put", "k", "v2");
        await IsVoterAsync(second);
        var third = await AddAsync("n3");
        await IsVoterAsync(third);
        Assert.Equal("k\nv2\n", await GetAsync(third));

        // The dead node is removed and another put in its place, which is a learner first.
        second.Kill();
        Assert.Contains(
            "unhealthy cluster",
            (await FailedAsync("member", "add", "x", "--peer-urls=http://127.0.0.1:9")).Errors,
            StringComparison.Ordinal);
        Assert.Contains("removed from cluster", await Etcdctl("member", "remove", await IdOf(second)),
            StringComparison.Ordinal);
        var fourth = await AddAsync("n4", "--learner");
        Assert.Contains("true", await LineOf(fourth), StringComparison.Ordinal);
        await Eventually.HoldsAsync("the promotion", async () =>
            (await TryAsync("member", "promote", await IdOf(fourth))).ExitCode == 0);
        await IsVoterAsync(fourth);

        Assert.Equal("k\nv2\n", await GetAsync(fourth));
        Assert.Equal(3, (await Etcdctl("member", "list")).Split('\n').Count(line => line.Length > 0));

        // Restarted with the flags that it was added with, or with those of a new cluster.
        Assert.Equal(0, await fourth.StopAsync());
        fourth.Start([.. Cluster(first, third, fourth), "--initial-cluster-state", "new"]);
        await Eventually.HoldsAsync("the restarted node", async () =>
            (await Command.EtcdctlAsync(fourth.Endpoint, "get", "k")).ExitCode == 0);
    }

    [Fact]
    public async Task A_server_that_was_not_added_is_told_how_to_be_and_refusals_are_etcds()
    {
        var first = Make("n1");
        first.Start([.. Cluster(first), "--initial-cluster-state", "new"]);
        await Etcdctl("put", "k", "v");
        var stranger = Make("n2");

        stranger.Start([.. Cluster(first, stranger), "--initial-cluster-state", "existing"]);
        await Eventually.HoldsAsync("its end", () => Task.FromResult(stranger.ExitCode is not null));
        Assert.Contains(
            $"etcdctl member add n2 --peer-urls={stranger.PeerUrl}", stranger.LogTail(),
            StringComparison.Ordinal);

        await RefusedAsync("Peer URLs already exists", "member", "add", "y", $"--peer-urls={first.PeerUrl}");
        await RefusedAsync("member not found", "member", "remove", "1234");
        await RefusedAsync("member not found", "member", "update", "1234", "--peer-urls=http://127.0.0.1:9");
        await RefusedAsync("can only promote a learner member", "member", "promote", await IdOf(first));
        await RefusedAsync(
            "re-configuration failed due to not enough started members", "member", "remove",
            await IdOf(first));
        Assert.Contains("updated in cluster", await Etcdctl(
            "member", "update", await IdOf(first), "--peer-urls=http://127.0.0.1:9"),
            StringComparison.Ordinal);
        Assert.Contains("http://127.0.0.1:9", await LineOf(first), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_members.Select(member => member.StopAsync()));
        _members.ForEach(member => member.Dispose());
        Directory.Delete(_directory, recursive: true);
    }

    private LocalMember Make(string name)
    {
        var ports = FreePorts.Take(2);
        var member = new LocalMember(Command.Ikada, name, _directory, ports[0], ports[1]);
        _members.Add(member);
        return member;
    }

    // What etcdctl prints for the shell.
    private async Task<LocalMember> AddAsync(string name, params string[] flags)
    {
        var member = Make(name);
        var added = await Eventually.GetAsync($"{name} added", async () =>
        {
            string[] arguments = ["member", "add", name, $"--peer-urls={member.PeerUrl}", .. flags];
            var said = await TryAsync(arguments);
            return said.ExitCode == 0 ? said.Output : null;
        });
        var cluster = added.Split('\n').First(
            line => line.StartsWith("ETCD_INITIAL_CLUSTER=", StringComparison.Ordinal));
        Assert.Contains("unstarted, ,", await LineOf(member), StringComparison.Ordinal);
        member.Start(
        [
            "--initial-cluster", cluster["ETCD_INITIAL_CLUSTER=".Length..].Trim('"'),
            "--initial-cluster-state", "existing",
        ]);
        await Eventually.HoldsAsync($"{name} started", async () =>
            (await LineOf(member)).Contains($"started, {name},", StringComparison.Ordinal));
        return member;
    }

    private static string[] Cluster(params LocalMember[] members) =>
        ["--initial-cluster", string.Join(',', members.Select(member => $"{member.Name}={member.PeerUrl}"))];

    private Task IsVoterAsync(LocalMember member) =>
        Eventually.HoldsAsync($"{member.Name} a voter", async () =>
            (await LineOf(member)).EndsWith(", false", StringComparison.Ordinal));

    private static Task<string> GetAsync(LocalMember member) => Eventually.GetAsync("the key", async () =>
    {
        var got = await Command.EtcdctlAsync(member.Endpoint, "get", "k");
        return got.ExitCode == 0 ? got.Output : null;
    });

    private async Task<string> LineOf(LocalMember member) => (await Etcdctl("member", "list")).Split('\n')
        .FirstOrDefault(line => line.Contains(member.PeerUrl, StringComparison.Ordinal)) ??
        (await Etcdctl("member", "list")).Split('\n')
        .First(line => line.Contains($", {member.Name}, ", StringComparison.Ordinal));

    private async Task<string> IdOf(LocalMember member) => (await LineOf(member)).Split(',')[0];

    private async Task<string> Etcdctl(params string[] arguments) => await Eventually.GetAsync(
        string.Join(' ', arguments), async () =>
        {
            var said = await TryAsync(arguments);
            return said.ExitCode == 0 ? said.Output : null;
        });

    private async Task RefusedAsync(string why, params string[] arguments) =>
        Assert.Contains(why, (await FailedAsync(arguments)).Errors, StringComparison.Ordinal);

    private async Task<Command> FailedAsync(params string[] arguments)
    {
        var said = await TryAsync(arguments);
        Assert.NotEqual(0, said.ExitCode);
        return said;
    }

    private Task<Command> TryAsync(params string[] arguments) =>
        Command.EtcdctlAsync(_members[0].Endpoint, arguments);
}
