using System.Globalization;
using System.Runtime.InteropServices;

namespace Ikada.Bench.Reporting;

/// <summary>What figures were measured on, for their reader.</summary>
internal sealed record Machine(
    string Day, int Cores, string Processor, double MemoryGiB, string System, string Runtime)
{
    public static Machine Now() => new(
        DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        Environment.ProcessorCount,
        Line("/proc/cpuinfo", "model name"),
        Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30)),
        $"{RuntimeInformation.OSDescription}, Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}",
        RuntimeInformation.FrameworkDescription);

    /// <summary>The machine's load of the last minute: what else ran tells itself here.</summary>
    public static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    public override string ToString() =>
        $"{Day}, {Cores} cores of {Processor}, {MemoryGiB} GiB, {System}, {Runtime}";

    private static string Line(string file, string name) =>
        File.ReadLines(file).First(line => line.StartsWith(name, StringComparison.Ordinal))
            .Split(':')[1].Trim();
}
