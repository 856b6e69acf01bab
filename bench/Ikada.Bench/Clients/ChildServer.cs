using System.Diagnostics;
using System.Globalization;
using Ikada.Load.Http2;

namespace Ikada.Bench.Clients;

/// <summary>This program as a server in a process of its own, whose processor time is not the
/// client's.</summary>
internal sealed class ChildServer : IDisposable
{
    private readonly Process _process;

    public ChildServer(string verb)
    {
        _process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [verb])
        {
            RedirectStandardOutput = true,
        })!;
        var line = _process.StandardOutput.ReadLine();
        Target = int.TryParse(line, CultureInfo.InvariantCulture, out var port)
            ? new GrpcTarget("127.0.0.1", port)
            : throw new BenchException($"the server '{verb}' did not start");
    }

    public GrpcTarget Target { get; }

    public double CpuSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
