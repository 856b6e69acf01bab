using System.Diagnostics;

namespace Ikada.Cli.Processes;

/// <summary>One <c>ikada serve</c> on this machine: how it is started, and its process while it
/// runs.</summary>
internal sealed class LocalMember(string program, string name, string directory, int clientPort, int peerPort)
    : IDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(15);
    private Process? _process;

    public string Name { get; } = name;

    public string DataDirectory { get; } = Path.Combine(directory, name + ".data");

    public string LogFile { get; } = Path.Combine(directory, name + ".log");

    public string Endpoint { get; } = $"127.0.0.1:{clientPort}";

    public string ClientUrl { get; } = $"http://127.0.0.1:{clientPort}";

    public string PeerUrl { get; } = $"http://127.0.0.1:{peerPort}";

    public bool IsRunning => _process is { HasExited: false };

    public int? ProcessId => IsRunning ? _process!.Id : null;

    public int? ExitCode => _process is { HasExited: true } ended ? ended.ExitCode : null;

    public void Start(IEnumerable<string> flags)
    {
        _process?.Dispose();
        // The shell puts the log into a file of the server's own, which outlives us with --keep, and is
        // replaced by the server: the process id stays.
        var start = new ProcessStartInfo("/bin/sh")
        {
            ArgumentList =
            {
                "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", LogFile, program,
            },
            UseShellExecute = false,
        };
        foreach (var argument in (string[])
            [
                "serve", "--name", Name, "--data-dir", DataDirectory,
                "--listen-client-urls", ClientUrl, "--advertise-client-urls", ClientUrl,
                "--listen-peer-urls", PeerUrl, "--initial-advertise-peer-urls", PeerUrl,
                .. flags,
            ])
        {
            start.ArgumentList.Add(argument);
        }

        RemoveFlagsOfOthers(start);
        _process = Process.Start(start)
            ?? throw new CliException($"{program} could not be started");
    }

    /// <summary>SIGKILL: nothing is flushed, nobody is told.</summary>
    public void Kill()
    {
        if (_process is { HasExited: false } process)
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    /// <summary>SIGTERM, and SIGKILL for one that does not heed it.</summary>
    /// <returns>The exit code; null where it had to be killed or did not run.</returns>
    public async Task<int?> StopAsync()
    {
        if (_process is not { } process)
        {
            return null;
        }

        if (!process.HasExited)
        {
            Signals.AskToStop(process.Id);
        }

        using var limit = new CancellationTokenSource(StopTimeout);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            Kill();
            return null;
        }
    }

    /// <summary>The last lines of the log, for whoever has to find out.</summary>
    public string LogTail(int lines = 20) =>
        File.Exists(LogFile) ? string.Join('\n', File.ReadLines(LogFile).TakeLast(lines)) : "";

    public void Dispose() => _process?.Dispose();

    // A flag in our own environment is not meant for these servers.
    private static void RemoveFlagsOfOthers(ProcessStartInfo start)
    {
        foreach (var name in start.Environment.Keys.ToList())
        {
            if (name.StartsWith("IKADA_", StringComparison.Ordinal)
                || name.StartsWith("ETCD_", StringComparison.Ordinal)
                || name == Serving.Systemd.SocketVariable)
            {
                start.Environment.Remove(name);
            }
        }
    }
}
