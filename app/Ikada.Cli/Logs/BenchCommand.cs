using System.CommandLine;
using System.Globalization;
using Ikada.Log;
using Ikada.Node.Disk;

namespace Ikada.Cli.Logs;

/// <summary><c>ikada log bench</c>: durable appends through the real log on the real disk.</summary>
internal static class BenchCommand
{
    private const int SizeBytesMax = 16 << 20;

    public static Command Create()
    {
        var directory = new Argument<string>("dir")
        {
            Description = "Where: a directory on the disk in question. A fresh one in it is used, and "
                + "deleted afterwards.",
        };
        var size = Number("--size", "Bytes of a record.", 4096);
        var seconds = new Option<double>("--seconds")
        {
            Description = "How long to measure, after two seconds to warm up.",
            HelpName = "N",
            DefaultValueFactory = _ => 5,
        };
        var batch = Number("--batch", "Records appended at once, for one sync.", 1);
        var writers = Number("--writers", "Writers, each waiting for its own append.", 1);
        var sameThread = new Option<bool>("--same-thread")
        {
            Description = "A lone writer does the disk's work itself, as fio does; else the disk has a "
                + "thread of its own, as in a server.",
        };
        var recover = new Option<string?>("--recover")
        {
            Description = "Instead: write a log of that size (1GiB, 512MiB), and measure how fast a fresh "
                + "process opens it.",
            HelpName = "SIZE",
        };
        var json = new Option<bool>("--json") { Description = "Print one line of JSON." };
        var command = new Command("bench", "Measure durable appends: is this disk fit for consensus?")
        {
            directory, size, seconds, batch, writers, sameThread, recover, json,
        };
        command.SetAction((parsed, cancellation) => Task.Run(
            () =>
            {
                var options = new BenchOptions(
                    InRange(size, parsed.GetValue(size), SizeBytesMax),
                    InRange(batch, parsed.GetValue(batch), 1 << 16),
                    InRange(writers, parsed.GetValue(writers), 1 << 16),
                    Duration(seconds, parsed.GetValue(seconds)),
                    HasDiskThread: !parsed.GetValue(sameThread));
                Check(options);
                var (place, asJson) = (parsed.GetValue(directory)!, parsed.GetValue(json));
                if (parsed.GetValue(recover) is { } text)
                {
                    var bytes = RecoveryBenchCommand.ParseBytes(recover.Name, text);
                    InFreshDirectory(place, fresh => RecoveryBenchCommand.Run(fresh, bytes, asJson));
                    return 0;
                }

                InFreshDirectory(place, fresh => Run(options, fresh, asJson, cancellation));
                return 0;
            },
            cancellation));
        return command;
    }

    private static void Check(BenchOptions options)
    {
        if (options is { Batch: > 1, Writers: > 1 })
        {
            throw CliException.BadUsage("--batch is for a lone writer, --writers for many: not both");
        }

        if (options is { HasDiskThread: false, Writers: > 1 })
        {
            throw CliException.BadUsage("--same-thread is for a lone writer, --writers for many: not both");
        }
    }

    private static void Run(
        BenchOptions options, string directory, bool asJson, CancellationToken cancellation)
    {
        using var disk = new FileDisk(directory);
        var result = Progress.Show("appending", asJson, report =>
            new LogBench(options, disk).Run(report, cancellation));
        BenchReport.Write(Console.Out, result, asJson);
    }

    private static void InFreshDirectory(string directory, Action<string> work)
    {
        if (!Directory.Exists(directory))
        {
            throw new CliException(
                $"log bench: {directory} is not a directory; name one on the disk that is to be measured");
        }

        var fresh = Path.Combine(directory, $"ikada-bench-{Guid.NewGuid():N}");
        try
        {
            work(fresh);
        }
        catch (DiskException failure)
        {
            throw new CliException($"log bench: {failure.Message}");
        }
        finally
        {
            if (Directory.Exists(fresh))
            {
                Directory.Delete(fresh, recursive: true);
            }
        }
    }

    private static Option<int> Number(string name, string description, int byDefault) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => byDefault,
    };

    private static int InRange(Option<int> option, int value, int most) => value >= 1 && value <= most
        ? value
        : throw CliException.BadUsage(string.Create(
            CultureInfo.InvariantCulture, $"{option.Name}: '{value}' is not from 1 to {most}"));

    private static TimeSpan Duration(Option<double> option, double seconds) => seconds is > 0 and <= 3600
        ? TimeSpan.FromSeconds(seconds)
        : throw CliException.BadUsage(string.Create(
            CultureInfo.InvariantCulture, $"{option.Name}: '{seconds}' is not above 0 and at most 3600"));
}
