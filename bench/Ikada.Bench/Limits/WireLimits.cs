using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Ikada.Bench.Clients;
using Ikada.Load.Running;
using Ikada.Load.Workloads;

namespace Ikada.Bench.Limits;

/// <summary>An empty handler on Kestrel: microseconds; those of the server's processor a call.</summary>
internal sealed record EchoLimit(int Clients, double PerSecond, double P50, double P99, double ServerCpu);

/// <summary>What loopback and gRPC allow.</summary>
internal static class WireLimits
{
    private const int PingBytes = 64;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    /// <summary>Times of 64 B there and back between two threads over TCP.</summary>
    public static LatencyHistogram RoundTrip(TimeSpan time)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var ours = new TcpClient { NoDelay = true };
        ours.Connect((IPEndPoint)listener.LocalEndpoint);
        using var theirs = listener.AcceptTcpClient();
        theirs.NoDelay = true;
        var echo = new Thread(() =>
        {
            var (buffer, stream) = (new byte[PingBytes], theirs.GetStream());
            while (stream.ReadAtLeast(buffer, PingBytes, throwOnEndOfStream: false) == PingBytes)
            {
                stream.Write(buffer);
            }
        });
        echo.Start();
        var latencies = new LatencyHistogram();
        var (message, wire) = (new byte[PingBytes], ours.GetStream());
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < time;)
        {
            var started = Stopwatch.GetTimestamp();
            wire.Write(message);
            wire.ReadExactly(message);
            latencies.Record((long)Stopwatch.GetElapsedTime(started).TotalNanoseconds);
        }

        ours.Client.Shutdown(SocketShutdown.Send);
        echo.Join();
        return latencies;
    }

    public static EchoLimit Echo(int clients, TimeSpan time)
    {
        using var server = new ChildServer("echo");
        var puts = EtcdWorkloads.Put(new KeySpace("key/", 100_000), 256);
        var processor = new List<double>();
        var result = LoadRun.Measure(
            new LoadPlan([server.Target], puts, clients), WarmUp, time,
            () => processor.Add(server.CpuSeconds));
        return result.Errors > 0
            ? throw new BenchException($"the empty server failed: {result.FirstError}")
            : new EchoLimit(
                clients, result.PerSecond, result.Latencies.Percentile(0.5) / 1e3,
                result.Latencies.Percentile(0.99) / 1e3,
                (processor[1] - processor[0]) * 1e6 / result.Operations);
    }
}
