using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Ikada.RocksScale;

/// <summary>A server of one member over a directory that outlives its process.</summary>
internal sealed class Server(string program, string directory) : IDisposable
{
    private readonly int _client = FreePort();
    private readonly int _peer = FreePort();
    private Process? _process;

    public string Url => $"http://127.0.0.1:{_client}";

    /// <summary>Bytes of all files of the data directory.</summary>
    public long DiskBytes => Sum(Data, "*");

    /// <summary>Bytes of RocksDB's files.</summary>
    public long EngineBytes => Directory.EnumerateDirectories(Data, "kv-*").Sum(one => Sum(one, "*"));

    private string Data => Path.Combine(directory, "data");

    public void Start()
    {
        string[] flags =
        [
            "--name=one", $"--data-dir={Data}",
            $"--listen-client-urls={Url}", $"--advertise-client-urls={Url}",
            $"--listen-peer-urls=http://127.0.0.1:{_peer}",
            $"--initial-advertise-peer-urls=http://127.0.0.1:{_peer}",
            $"--initial-cluster=one=http://127.0.0.1:{_peer}", $"--quota-backend-bytes={100L << 30}",
            "--log-level=warn",
        ];
        var log = Path.Combine(directory, "server.log");
        const string Into = "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1";
        _process = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", Into, "sh", log, program, "serve", .. flags]))!;
    }

    /// <summary>Seconds of processor time so far.</summary>
    public double ProcessorSeconds
    {
        get
        {
            _process!.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>Ends it as an operator does; milliseconds.</summary>
    public double Stop()
    {
        var watch = Stopwatch.StartNew();
        var id = _process!.Id.ToString(CultureInfo.InvariantCulture);
        using var kill = Process.Start("kill", ["-TERM", id]);
        kill.WaitForExit();
        _process.WaitForExit();
        return watch.Elapsed.TotalMilliseconds;
    }

    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
    }

    /// <summary>A number of /proc/PID/status, in MiB.</summary>
    public long MemoryMiB(string field)
    {
        var line = File.ReadLines($"/proc/{_process!.Id}/status")
            .First(one => one.StartsWith(field + ":", StringComparison.Ordinal));
        var number = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1];
        return long.Parse(number, CultureInfo.InvariantCulture) >> 10;
    }

    /// <summary>How many compactions RocksDB has ended, and how often it has held up writes, since its
    /// database was made.</summary>
    public (int Compactions, int Stalls) Engine()
    {
        var (compactions, stalls) = (0, 0);
        foreach (var file in Directory.EnumerateFiles(Data, "LOG*", SearchOption.AllDirectories))
        {
            using var stream = new FileStream(
                file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream);
            while (reader.ReadLine() is { } line)
            {
                compactions += line.Contains("\"compaction_finished\"", StringComparison.Ordinal) ? 1 : 0;
                stalls += line.Contains("Stalling writes", StringComparison.Ordinal)
                    || line.Contains("Stopping writes", StringComparison.Ordinal) ? 1 : 0;
            }
        }

        return (compactions, stalls);
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            Kill();
        }

        _process?.Dispose();
    }

    private static long Sum(string directory, string pattern)
    {
        var sum = 0L;
        var all = new DirectoryInfo(directory).EnumerateFiles(pattern, SearchOption.AllDirectories);
        foreach (var file in all)
        {
            // One that a compaction has just deleted counts for nothing.
            file.Refresh();
            sum += file.Exists ? file.Length : 0;
        }

        return sum;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
