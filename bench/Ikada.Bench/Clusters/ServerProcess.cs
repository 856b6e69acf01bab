using System.Diagnostics;
using System.Globalization;
using Ikada.Load.Http2;

namespace Ikada.Bench.Clusters;

/// <summary>What a server has used so far.</summary>
/// <param name="CpuSeconds">Processor time.</param>
/// <param name="ResidentBytes">Memory now.</param>
/// <param name="WrittenBytes">What it has had written to disks, as the kernel counts it.</param>
internal readonly record struct Usage(double CpuSeconds, long ResidentBytes, long WrittenBytes)
{
    /// <exception cref="IOException">It is gone.</exception>
    /// <exception cref="UnauthorizedAccessException">It is another's by now.</exception>
    public static Usage Of(int process)
    {
        // Behind the name in parentheses, which may hold anything.
        var stat = File.ReadAllText($"/proc/{process}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        const double TicksPerSecond = 100;
        const string Written = "write_bytes:";
        var written = File.ReadLines($"/proc/{process}/io")
            .First(line => line.StartsWith(Written, StringComparison.Ordinal))[Written.Length..];
        return new Usage(
            (Number(fields[11]) + Number(fields[12])) / TicksPerSecond,
            Number(fields[21]) * Environment.SystemPageSize, Number(written));
    }

    public static Usage operator +(Usage one, Usage other) => new(
        one.CpuSeconds + other.CpuSeconds,
        one.ResidentBytes + other.ResidentBytes,
        one.WrittenBytes + other.WrittenBytes);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}

/// <summary>One server, its place and its process.</summary>
internal sealed class ServerProcess(
    ServerKind kind, string name, string directory, string host, int clientPort, int peerPort,
    IReadOnlyList<string> entering) : IDisposable
{
    private Process? _process;

    public string Name => name;

    public GrpcTarget Target { get; } = new(host, clientPort);

    public string ClientUrl { get; } = $"http://{host}:{clientPort}";

    public string PeerUrl { get; } = $"http://{host}:{peerPort}";

    public string DataDirectory { get; } = Path.Combine(directory, name);

    public int Id => _process!.Id;

    private string LogFile { get; } = Path.Combine(directory, name + ".log");

    /// <summary>Starts it, or starts it anew.</summary>
    public void Start(string cluster)
    {
        _process?.Dispose();
        // The shell gives the log a file and is replaced by the server: the process id stays.
        var start = new ProcessStartInfo("/bin/sh")
        {
            ArgumentList = { "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", LogFile },
        };
        foreach (var argument in (string[])
            [
                .. entering, kind.Program, .. kind.Verb, $"--name={name}", $"--data-dir={DataDirectory}",
                $"--listen-client-urls={ClientUrl}", $"--advertise-client-urls={ClientUrl}",
                $"--listen-peer-urls={PeerUrl}", $"--initial-advertise-peer-urls={PeerUrl}",
                $"--initial-cluster={cluster}", "--initial-cluster-state=new", .. kind.Flags,
            ])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start) ?? throw new BenchException($"{kind.Program} could not be started");
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            _process.WaitForExit();
        }
    }

    public void Suspend() => Signal("STOP");

    public void Resume() => Signal("CONT");

    /// <summary>What it has used; of /proc.</summary>
    public Usage Usage()
    {
        try
        {
            return Clusters.Usage.Of(Id);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BenchException($"{kind.Name} {name} is gone:\n{LogTail()}");
        }
    }

    public string LogTail() =>
        File.Exists(LogFile) ? string.Join('\n', File.ReadLines(LogFile).TakeLast(5)) : "";

    public void Dispose()
    {
        Kill();
        _process?.Dispose();
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
