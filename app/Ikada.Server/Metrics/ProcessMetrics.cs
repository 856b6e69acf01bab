using System.Diagnostics;
using System.Globalization;

namespace Ikada.Server;

/// <summary>The process as every client library of Prometheus tells it.</summary>
internal static class ProcessMetrics
{
    public static IEnumerable<MetricFamily> Families()
    {
        using var process = Process.GetCurrentProcess();
        yield return new MetricFamily(
            "process_cpu_seconds_total", MetricKind.Counter, "CPU time of the process, user and system")
            .Add(process.TotalProcessorTime.TotalSeconds);
        yield return Gauge("process_resident_memory_bytes", "Resident memory", process.WorkingSet64);
        yield return Gauge("process_virtual_memory_bytes", "Virtual memory", process.VirtualMemorySize64);
        yield return Gauge(
            "process_start_time_seconds", "When the process started, in seconds since 1970",
            (process.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds);
        yield return Gauge(
            "process_open_fds", "Open file descriptors",
            Directory.EnumerateFileSystemEntries("/proc/self/fd").Count());
        yield return Gauge("process_max_fds", "How many file descriptors may be open", FilesMax());
    }

    private static MetricFamily Gauge(string name, string help, double value) =>
        new MetricFamily(name, MetricKind.Gauge, help).Add(value);

    private static double FilesMax()
    {
        const string Row = "Max open files";
        var row = File.ReadLines("/proc/self/limits")
            .First(line => line.StartsWith(Row, StringComparison.Ordinal));
        var soft = row[Row.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return double.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var files)
            ? files : double.PositiveInfinity;
    }
}
