using Ikada.Cli.Processes;

namespace Ikada.EndToEnd.Tests;

/// <summary>A new cluster begins with what was saved of another.</summary>
public sealed class RestoreTests : IAsyncLifetime
{
    private readonly LocalCluster _old = new(Command.Ikada, 1, "old");
    private readonly LocalCluster _new = new(Command.Ikada, 3, "new");

    private string SavedFile => Path.Combine(_old.Directory, "state.db");

    public async ValueTask InitializeAsync()
    {
        _old.StartAll();
        await PutAsync("k/a", "1");
        await PutAsync("k/a", "2");
        await PutAsync("k/b", "3");
        (await Command.IkadaAsync("snapshot", "save", SavedFile, "--endpoints", _old.Endpoints)).Succeeded();
    }

    public async ValueTask DisposeAsync()
    {
        await _old.DisposeAsync();
        await _new.DisposeAsync();
    }

    [Fact]
    public async Task Three_members_start_with_the_data_and_its_revisions_and_go_on()
    {
        var before = await GetAsync(_old.Endpoints, "-w", "fields");
        foreach (var member in _new.Members)
        {
            var restored = (await RestoreAsync(SavedFile, member)).Succeeded();
            Assert.Matches(
                "^restored .*: revision [0-9]+, member [0-9a-f]+ of cluster [0-9a-f]+\n", restored.Output);
        }

        Assert.Contains(
            "is there and not empty", (await RestoreAsync(SavedFile, _new.Members[0])).Errors,
            StringComparison.Ordinal);
        _new.StartAll();
        foreach (var member in _new.Members)
        {
            await Eventually.HoldsAsync($"the data at {member.Name}", async () =>
                (await Command.IkadaAsync("get", "k/a", "--endpoints", member.Endpoint)).ExitCode == 0);
            var after = await GetAsync(member.Endpoint, "-w", "fields");
            Assert.Equal(KeysOf(before), KeysOf(after));
        }

        var old = await Command.IkadaAsync(
            "get", "k/a", "--rev", "2", "--endpoints", _new.Endpoints, "--print-value-only");
        Assert.Equal("1\n", old.Succeeded().Output);
        (await Command.IkadaAsync("put", "k/a", "4", "--endpoints", _new.Endpoints)).Succeeded();
        Assert.Contains(
            "\"ModRevision\" : 5", await GetAsync(_new.Endpoints, "-w", "fields"), StringComparison.Ordinal);

        // What was restored and what came since outlive a start.
        var first = _new.Members[0];
        Assert.Equal(0, await first.StopAsync());
        _new.Start(first);
        await Eventually.HoldsAsync("the new value at a member started again", async () =>
            (await Command.IkadaAsync("get", "k/", "--prefix", "--endpoints", first.Endpoint)).Output
                == "k/a\n4\nk/b\n3\n");
    }

    [Fact]
    public async Task A_raised_revision_tells_those_who_remember_more_to_read_anew()
    {
        await using var raised = new LocalCluster(Command.Ikada, 1, "raised");
        var member = raised.Members[0];
        string[] restore =
        [
            "snapshot", "restore", SavedFile, "--name", member.Name, "--data-dir", member.DataDirectory,
            "--initial-cluster", $"{member.Name}={member.PeerUrl}", "--initial-cluster-token", "raised",
            "--initial-advertise-peer-urls", member.PeerUrl,
        ];
        Assert.Contains(
            "--bump-revision=1000 needs --mark-compacted",
            (await Command.IkadaAsync([.. restore, "--bump-revision", "1000"])).Errors,
            StringComparison.Ordinal);
        Assert.Contains(
            "--mark-compacted needs --bump-revision",
            (await Command.IkadaAsync([.. restore, "--mark-compacted"])).Errors, StringComparison.Ordinal);
        (await Command.IkadaAsync([.. restore, "--bump-revision", "1000", "--mark-compacted"])).Succeeded();

        raised.StartAll();
        await Eventually.HoldsAsync("the data", async () =>
            (await Command.IkadaAsync("get", "k/", "--prefix", "--endpoints", member.Endpoint)).Output
                == "k/a\n2\nk/b\n3\n");
        var put = await Command.IkadaAsync("put", "k/b", "4", "--endpoints", member.Endpoint, "-w", "json");
        Assert.Contains("\"revision\":1005", put.Succeeded().Output, StringComparison.Ordinal);
        var old = await Command.IkadaAsync("watch", "k/a", "--rev", "5", "--endpoints", member.Endpoint);
        Assert.Contains("has been compacted; the oldest is 1004", old.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_or_foreign_file_makes_no_directory()
    {
        var bytes = await File.ReadAllBytesAsync(SavedFile, TestContext.Current.CancellationToken);
        bytes[60] ^= 1;
        var damaged = Path.Combine(_old.Directory, "damaged.db");
        await File.WriteAllBytesAsync(damaged, bytes, TestContext.Current.CancellationToken);
        foreach (var (file, reason) in ((string, string)[])
            [
                (damaged, "its checksum does not fit; use another copy"),
                (Path.Combine(_old.Directory, "missing.db"), "Could not find file"),
            ])
        {
            var refused = await RestoreAsync(file, _new.Members[0]);
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains(reason, refused.Errors, StringComparison.Ordinal);
            Assert.False(Path.Exists(_new.Members[0].DataDirectory));
        }

        var stranger = await Command.IkadaAsync(
            "snapshot", "restore", SavedFile, "--name", "x", "--initial-cluster", Cluster);
        Assert.Contains(
            "--name=x is missing from --initial-cluster", stranger.Errors, StringComparison.Ordinal);
    }

    private string Cluster => string.Join(
        ',', _new.Members.Select(member => $"{member.Name}={member.PeerUrl}"));

    private Task<Command> RestoreAsync(string file, LocalMember member) => Command.IkadaAsync(
        "snapshot", "restore", file, "--name", member.Name, "--data-dir", member.DataDirectory,
        "--initial-cluster", Cluster, "--initial-cluster-token", "new",
        "--initial-advertise-peer-urls", member.PeerUrl);

    private Task PutAsync(string key, string value) => Eventually.HoldsAsync($"{key}={value}", async () =>
        (await Command.IkadaAsync("put", key, value, "--endpoints", _old.Endpoints)).ExitCode == 0);

    private static async Task<string> GetAsync(string endpoints, params string[] more) =>
        (await Command.IkadaAsync(["get", "k/", "--prefix", "--endpoints", endpoints, .. more]))
            .Succeeded().Output;

    // Without the header, which names the cluster.
    private static string KeysOf(string fields) =>
        fields[fields.IndexOf("\"Key\"", StringComparison.Ordinal)..];
}
