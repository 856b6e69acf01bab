using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Ikada.Watches;

/// <summary>A server of one member, in a directory that goes with it.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("watches-");
    private readonly Process _process;

    public ServerProcess(string name, string program, IReadOnlyList<string> verb)
    {
        Name = name;
        var (client, peer) = (FreePort(), FreePort());
        Address = new IPEndPoint(IPAddress.Loopback, client);
        string[] flags =
        [
            "--name=one", $"--data-dir={Path.Combine(_directory.FullName, "data")}",
            $"--listen-client-urls=http://127.0.0.1:{client}",
            $"--advertise-client-urls=http://127.0.0.1:{client}",
            $"--listen-peer-urls=http://127.0.0.1:{peer}",
            $"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
            $"--initial-cluster=one=http://127.0.0.1:{peer}", "--log-level=error",
        ];
        _process = Process.Start(new ProcessStartInfo(program, [.. verb, .. flags])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        })!;
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    public string Name { get; }

    public IPEndPoint Address { get; }

    /// <summary>Seconds of processor time so far.</summary>
    public double ProcessorSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>MiB of memory in use.</summary>
    public long MemoryMiB
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 >> 20;
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    public static string Text(double number, string form = "F1") =>
        number.ToString(form, CultureInfo.InvariantCulture);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
