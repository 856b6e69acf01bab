using System.Diagnostics;
using System.Net.Sockets;

namespace Ikada.EndToEnd.Tests;

/// <summary><c>ikada sim</c> as a process: it starts over with settings of the runtime
/// (docs/simulation/speed.md), and Ctrl-C ends it.</summary>
public sealed class SimulatorTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ikada ü ");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task It_starts_over_once_with_its_arguments_its_streams_and_quicker_loops()
    {
        using var walk = await Walking(profiling: null);
        var settings = await SettingsOf(walk);
        Assert.Contains("DOTNET_TieredPGO=0", settings);
        Assert.Contains("DOTNET_TC_QuickJitForLoops=0", settings);
        await walk.StandardInput.WriteLineAsync("q");
        await Ended(walk, exitCode: 0);
    }

    [Fact]
    public async Task Diagnostic_tools_find_it_after_it_has_started_over()
    {
        using var walk = await Walking(profiling: null);
        var path = Assert.Single(
            Directory.GetFiles(Path.GetTempPath(), $"dotnet-diagnostic-{walk.Id}-*-socket"));
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            await socket.ConnectAsync(
                new UnixDomainSocketEndPoint(path), TestContext.Current.CancellationToken);
        }

        await walk.StandardInput.WriteLineAsync("q");
        await Ended(walk, exitCode: 0);
    }

    [Fact]
    public async Task It_stays_as_it_is_where_somebody_has_chosen_settings()
    {
        using var walk = await Walking(profiling: "1");
        var settings = await SettingsOf(walk);
        Assert.Contains("DOTNET_TieredPGO=1", settings);
        Assert.DoesNotContain("DOTNET_TC_QuickJitForLoops=0", settings);
        await walk.StandardInput.WriteLineAsync("q");
        await Ended(walk, exitCode: 0);
    }

    [Fact]
    public async Task Ctrl_C_ends_a_walk_at_once()
    {
        using var walk = await Walking(profiling: null);
        var watch = Stopwatch.StartNew();
        (await Command.RunAsync("sh", [], "-c", $"kill -INT {walk.Id}")).Succeeded();
        await Ended(walk, exitCode: 130);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(25), $"{watch.Elapsed}");
    }

    // A program that has written down a run and takes commands now.
    private async Task<Process> Walking(string? profiling)
    {
        var file = Path.Combine(_directory.FullName, "a run");
        (await Command.IkadaAsync("sim", "--nodes", "1", "--seconds", "1", "--record", file)).Succeeded();
        var start = new ProcessStartInfo(Command.Ikada, ["sim", "replay", file, "--step"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment.Remove("DOTNET_TC_QuickJitForLoops");
        start.Environment["DOTNET_TieredPGO"] = profiling;
        var process = Process.Start(start)!;
        using var limit = Limited();
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line
            && !line.EndsWith("h lists the commands", StringComparison.Ordinal))
        {
            // What comes before the first command.
        }

        return process;
    }

    private static async Task<string[]> SettingsOf(Process process) =>
        (await File.ReadAllTextAsync($"/proc/{process.Id}/environ")).Split('\0');

    private static async Task Ended(Process process, int exitCode)
    {
        using var limit = Limited();
        try
        {
            await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            Assert.Equal(exitCode, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static CancellationTokenSource Limited()
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        return limit;
    }
}
