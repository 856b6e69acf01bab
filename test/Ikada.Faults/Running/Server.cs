using System.Diagnostics;
using Ikada.Faults.Clients;

namespace Ikada.Faults.Running;

/// <summary>One <c>ikada serve</c> in a network namespace of its own, and how it is treated.</summary>
internal sealed class Server : IDisposable
{
    private readonly string _program;
    private readonly string _directory;
    private readonly string[] _flags;
    private Process? _process;
    private int _life;

    public Server(string program, string directory, int index, string cluster, string[] flags)
    {
        (_program, _directory, Index, _flags) = (program, directory, index, flags);
        Cluster = cluster;
        Connection = new Connection(
            $"http://{Network.AddressOf(index)}:2379", () => Volatile.Read(ref _life));
    }

    /// <summary>From 0 on.</summary>
    public int Index { get; }

    public string Name => Network.NamespaceOf(Index);

    public Connection Connection { get; }

    public bool IsUp => _process is { HasExited: false };

    public string LogFile => Path.Combine(_directory, Name + ".log");

    private string Cluster { get; }

    /// <summary>Of all servers, as <c>--initial-cluster</c> has it.</summary>
    public static string ClusterOf(int count) => string.Join(',', Enumerable.Range(0, count).Select(
        node => $"{Network.NamespaceOf(node)}=http://{Network.AddressOf(node)}:2380"));

    public void Start()
    {
        var address = Network.AddressOf(Index);
        Interlocked.Increment(ref _life);
        // Each replaces the one before: the process id is the server's.
        _process = Process.Start(
            "ip",
            [
                "netns", "exec", Name, "/bin/sh", "-c",
                "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", LogFile, _program, "serve",
                "--name", Name, "--data-dir", Path.Combine(_directory, Name + ".data"),
                "--listen-client-urls", $"http://{address}:2379",
                "--advertise-client-urls", $"http://{address}:2379",
                "--listen-peer-urls", $"http://{address}:2380",
                "--initial-advertise-peer-urls", $"http://{address}:2380",
                "--initial-cluster", Cluster, .. _flags,
            ]);
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
            _process = null;
        }
    }

    public Task SuspendAsync() => SignalAsync("STOP");

    public Task ResumeAsync() => SignalAsync("CONT");

    /// <summary>The last lines of its log.</summary>
    public string LogTail() =>
        File.Exists(LogFile) ? string.Join('\n', File.ReadLines(LogFile).TakeLast(15)) : string.Empty;

    public void Dispose()
    {
        Connection.Dispose();
        _process?.Dispose();
    }

    private Task SignalAsync(string signal) => Shell.RunAsync("kill", $"-{signal}", $"{_process!.Id}");
}
