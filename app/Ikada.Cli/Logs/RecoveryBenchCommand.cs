using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Ikada.Cli.Logs;

/// <summary><c>ikada log bench DIR --recover SIZE</c>: how fast a log of that size is opened.</summary>
internal static class RecoveryBenchCommand
{
    private const string OpenVerb = "bench-open";
    private static readonly (string Suffix, long Bytes)[] Units =
        [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("", 1L)];
    private const long BytesMin = 1 << 20;
    private const long BytesMax = 1L << 40;

    /// <summary>The hidden verb of the fresh process.</summary>
    public static Command CreateOpen()
    {
        var directory = new Argument<string>("dir");
        var command = new Command(OpenVerb, "Open a log that 'log bench' made.") { directory };
        command.Hidden = true;
        command.SetAction(parsed => RecoveryBench.Open(parsed.GetValue(directory)!, Console.Out));
        return command;
    }

    /// <summary>Reads a size such as 1GiB, 512MiB or 1048576.</summary>
    public static long ParseBytes(string option, string text)
    {
        foreach (var (suffix, unit) in Units)
        {
            if (text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
                && long.TryParse(
                    text[..^suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                && count <= BytesMax / unit && count * unit >= BytesMin)
            {
                return count * unit;
            }
        }

        throw CliException.BadUsage($"{option}: '{text}' is not a size from 1MiB to 1024GiB, such as 512MiB");
    }

    public static void Run(string directory, long bytes, bool asJson)
    {
        Progress.Show("writing", asJson, report =>
        {
            RecoveryBench.Write(directory, bytes, report);
            return true;
        });
        var cold = OpenInFreshProcess(directory);
        var warm = OpenInFreshProcess(directory);
        if (asJson)
        {
            Console.Out.WriteLine(
                $"{{\"cold\":{cold.RootElement.GetRawText()},\"warm\":{warm.RootElement.GetRawText()}}}");
            return;
        }

        Console.Out.WriteLine(Line("not in the page cache", cold));
        Console.Out.WriteLine(Line("in the page cache", warm));
    }

    private static JsonDocument OpenInFreshProcess(string directory)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["log", OpenVerb, directory])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)
            ?? throw new CliException($"log bench: {start.FileName} could not be started");
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonDocument.Parse(output)
            : throw new CliException($"log bench: opening the log ended with exit code {process.ExitCode}");
    }

    private static string Line(string how, JsonDocument result)
    {
        double Of(string name) => result.RootElement.GetProperty(name).GetDouble();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"opened, {how}: {Of("log_bytes") / (1 << 20):0} MiB, {Of("entries"):#,0} entries in "
            + $"{Of("seconds"):0.00} s, {Of("log_bytes") / Of("seconds") / 1e6:#,0} MB/s, peak memory "
            + $"{Of("peak_memory_bytes") / (1 << 20):0} MiB");
    }
}
