using System.Net;
using System.Net.Sockets;
using Ikada.Cli.Processes;

namespace Ikada.EndToEnd.Tests;

/// <summary>What a server says, in one line, that cannot start or must not go on.</summary>
public sealed class BadStartTests : IDisposable
{
    private const string Value = "a value to be found on the disk";
    private readonly string _directory = Directory.CreateTempSubdirectory("ikada-").FullName;
    private readonly int[] _ports = FreePorts.Take(2);

    private string Data => Path.Combine(_directory, "data");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_port_in_use_is_named(int which)
    {
        using var taken = new TcpListener(IPAddress.Loopback, _ports[which]);
        taken.Start();
        await RefusedAsync($"127.0.0.1:{_ports[which]}");
    }

    [Fact]
    public async Task A_directory_that_another_process_holds_is_named()
    {
        using var holder = await RunningAsync();
        var other = FreePorts.Take(2);
        await RefusedAsync(
            Data,
            "--listen-client-urls", $"http://127.0.0.1:{other[0]}",
            "--listen-peer-urls", $"http://127.0.0.1:{_ports[1]}");
        Assert.Equal(0, await holder.StopAsync());
    }

    [Fact]
    public async Task A_directory_of_another_cluster_is_named()
    {
        await FoundedAsync();
        await RefusedAsync(Data, "--initial-cluster-token", "another");
    }

    [Fact]
    public async Task A_directory_of_another_node_is_named()
    {
        await FoundedAsync();
        var other = FreePorts.Take(1)[0];
        await RefusedAsync(
            Data,
            "--name", "b", "--initial-cluster", $"a=http://127.0.0.1:{_ports[1]},b=http://127.0.0.1:{other}",
            "--initial-advertise-peer-urls", $"http://127.0.0.1:{other}");
    }

    // Alone, nobody can give the entry back: the server runs, and says why it serves nothing.
    [Fact]
    public async Task A_damaged_entry_is_named_with_file_index_and_remedy_and_not_served()
    {
        await FoundedAsync();
        var segment = DataFiles.FirstSegment(Data);
        DataFiles.DamageValue(segment, Value);
        using var member = new LocalMember(Command.Ikada, "a", _directory, _ports[0], _ports[1]);
        member.Start(["--data-dir", Data]);
        await Eventually.HoldsAsync("a warning of damage", () =>
        {
            Assert.True(member.IsRunning, member.LogTail());
            return Task.FromResult(File.Exists(member.LogFile)
                && member.LogTail(200).Contains("cannot be read", StringComparison.Ordinal));
        });
        var log = member.LogTail(200);
        Assert.Contains(Path.GetFileName(segment) + " is damaged from offset", log, StringComparison.Ordinal);
        Assert.Matches("entries [0-9]+ to [0-9]+ of group", log);
        Assert.Contains("add it again", log, StringComparison.Ordinal);
        var read = await Command.IkadaAsync("get", "k", "--endpoints", member.Endpoint);
        Assert.DoesNotContain(Value, read.Output, StringComparison.Ordinal);
        Assert.NotEqual(0, read.ExitCode);
        await member.StopAsync();
    }

    // The record of the group's first membership: without it the log is of no use, and a cluster of one has
    // no other copy.
    [Fact]
    public async Task A_log_that_lost_its_base_is_refused_with_file_and_remedy()
    {
        await FoundedAsync();
        var segment = DataFiles.FirstSegment(Data);
        DataFiles.DamageBase(segment);
        await RefusedAsync(Path.GetFileName(segment));
    }

    [Fact]
    public async Task An_identity_of_a_future_version_is_named()
    {
        await FoundedAsync();
        DataFiles.RaiseVersion(DataFiles.Identity(Data), checksumOffset: 12);
        await RefusedAsync("node.identity is in format version 9; this version of Ikada reads up to 1");
    }

    [Fact]
    public async Task A_segment_of_a_future_version_is_named()
    {
        await FoundedAsync();
        var segment = DataFiles.FirstSegment(Data);
        DataFiles.RaiseVersion(segment, checksumOffset: 16);
        await RefusedAsync("is in format version 9; this version of Ikada reads up to 1");
    }

    [Fact]
    public async Task A_directory_that_cannot_be_made_is_named()
    {
        await File.WriteAllTextAsync(Data, "a file", TestContext.Current.CancellationToken);
        await RefusedAsync(Data);
    }

    [Fact]
    public async Task A_member_that_joins_a_cluster_must_know_another_one() =>
        await RefusedAsync("--initial-cluster-state", "--initial-cluster-state", "existing");

    private string[] Arguments(string[] more) =>
    [
        "serve", "--name", "a", "--data-dir", Data,
        "--listen-client-urls", $"http://127.0.0.1:{_ports[0]}", "--listen-peer-urls",
            $"http://127.0.0.1:{_ports[1]}",
        .. more,
    ];

    private async Task RefusedAsync(string named, params string[] more)
    {
        var refused = await Command.IkadaAsync(Arguments(more));
        Assert.True(refused.ExitCode == 1, $"exit code {refused.ExitCode}\n{refused.Errors}");
        var line = Assert.Single(
            refused.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => line.StartsWith("ikada: error: ", StringComparison.Ordinal));
        Assert.Contains(named, line, StringComparison.Ordinal);
        Assert.EndsWith(line + "\n", refused.Errors, StringComparison.Ordinal);
    }

    private async Task<LocalMember> RunningAsync()
    {
        var member = new LocalMember(Command.Ikada, "a", _directory, _ports[0], _ports[1]);
        member.Start(["--data-dir", Data]);
        await Eventually.HoldsAsync("a server that takes a write", async () =>
        {
            Assert.True(member.IsRunning, member.LogTail());
            var put = await Command.IkadaAsync("put", "k", Value, "--endpoints", member.Endpoint);
            return put.ExitCode == 0;
        });
        return member;
    }

    // A directory with something in it, and nobody there any more.
    private async Task FoundedAsync()
    {
        using var member = await RunningAsync();
        Assert.Equal(0, await member.StopAsync());
    }
}
