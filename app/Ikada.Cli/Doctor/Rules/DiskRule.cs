using System.Globalization;
using Ikada.Cli.Client.Printing;

namespace Ikada.Cli.Doctor.Rules;

/// <summary>Disks that sync slowly, are nearly full, or have lost something.</summary>
internal static class DiskRule
{
    private const string Syncs = "ikada_log_sync_duration_seconds";

    // Fewer say nothing.
    private const double SyncsMin = 20;

    private const double SyncsNowMin = 2;

    // Half an election timeout by default: with slower ones leaders change.
    private const double SlowSeconds = 0.5;

    // A write waits for a majority's syncs: this is what clients feel.
    private const double SlowMeanSeconds = 0.1;

    // Two segments, one in use and one in reserve.
    private const long FreeBytesMin = 128L << 20;

    public static IEnumerable<Verdict> Judge(Facts facts)
    {
        foreach (var server in facts.Answering)
        {
            var (count, seconds) = (Now(server, "_count"), Now(server, "_sum"));
            if (count >= SyncsNowMin && seconds / count >= SlowMeanSeconds)
            {
                yield return Slow(facts, server, string.Create(
                    CultureInfo.InvariantCulture,
                    $"{seconds / count * 1000:0.#} ms in the mean of the {count:0} in the last second"));
                continue;
            }

            count = server.After.Sum(Syncs + "_count") ?? 0;
            var mean = (server.After.Sum(Syncs + "_sum") ?? 0) / Math.Max(1, count);
            var high = server.After.Quantile(Syncs, 0.99) ?? 0;
            if (count >= SyncsMin && (mean >= SlowMeanSeconds || high >= SlowSeconds))
            {
                yield return Slow(facts, server, string.Create(
                    CultureInfo.InvariantCulture,
                    $"{mean * 1000:0.#} ms in the mean, 99 of 100 within {high:0.###} s, of {count:0} since "
                    + $"its start"));
            }
        }

        if (facts.Directory is { } directory)
        {
            foreach (var verdict in Judge(directory))
            {
                yield return verdict;
            }
        }
    }

    // Between the two readings: a disk that has become slow was fast for long.
    private static double Now(ServerFacts server, string part) =>
        server.Before.Sum(Syncs + part) is { } before ? (server.After.Sum(Syncs + part) ?? 0) - before : 0;

    private static Verdict Slow(Facts facts, ServerFacts server, string evidence) => Verdict.Wrong(
        "disk", facts.NameOf(server.Member), $"syncs of its log are slow: {evidence}",
        "'ikada log bench DIR' measures the disk; give the log one of its own, look for what else writes "
            + "there (docs/operate/disk-trouble.md)");

    private static IEnumerable<Verdict> Judge(DirectoryFacts directory)
    {
        if (directory.FreeBytes < FreeBytesMin)
        {
            yield return Verdict.Wrong(
                "space", directory.Path,
                $"its file system has {Sizes.Text(directory.FreeBytes)} of "
                    + $"{Sizes.Text(directory.TotalBytes)} left; the log needs room for two "
                    + "segments of 64 MiB",
                "free space, or enlarge the disk, before writes are refused");
        }

        if (directory.Aside.Count > 0)
        {
            yield return Verdict.Note(
                "disk", directory.Path,
                "a start has put files aside that were damaged, or of a lost log: "
                    + string.Join(", ", directory.Aside),
                "check the disk (the kernel's log, SMART); delete them once nobody wants to look at them");
        }
    }
}
