using System.Diagnostics;
using System.Globalization;
using Ikada.Log;
using Ikada.Log.Snapshots;
using Ikada.Node.Disk;
using Ikada.Primitives;

namespace Ikada.PowerCut;

/// <summary>
/// One directory on a real file system through many power cuts: a writer works on it, the power is cut at
/// some moment, the file system is mounted again, and all that the writer had promised is looked for.
/// </summary>
internal sealed class CutRun(ulong seed, Action<string> tell) : IDisposable
{
    private const int WriterEndsWithinMilliseconds = 60_000;
    private readonly LoopFileSystem _files = new();
    private readonly RandomSource _random = new(seed);
    private readonly GroupPromises[] _promises =
        [.. Written.Groups.Select(static group => new GroupPromises(group))];

    public Counts Counts { get; } = new();

    private string DataDirectory => Path.Combine(_files.MountPoint, "data");

    /// <summary>Cuts the power so many times.</summary>
    /// <exception cref="InvalidOperationException">A promise was broken, or the writer did not stop as it
    /// should.</exception>
    public void Cut(int cuts)
    {
        for (var cut = 1; cut <= cuts; cut++)
        {
            CutOnce();
            _files.Restart();
            Check();
            if (cut % 10 == 0 || cut == cuts)
            {
                tell($"{cut} cuts: {Counts.Acknowledged} entries and {Counts.Votes} votes acknowledged, "
                    + $"{Counts.Lost + Counts.VotesForgotten} lost");
            }

            var broken = _promises.SelectMany(static promises => promises.Broken).ToArray();
            if (broken.Length > 0)
            {
                throw new InvalidOperationException(
                    $"seed {seed}, cut {cut}: {string.Join("; ", broken.Take(20))}\n{Counts.Describe()}");
            }
        }
    }

    public void Dispose() => _files.Dispose();

    private void CutOnce()
    {
        var isWhileOpening = _random.OneIn(5);
        var kind = _random.OneIn(6) ? (ShutdownKind)_random.NextBelow(2) : ShutdownKind.Nothing;
        using var writer = Start();
        var lines = new List<string>();
        using var hasBegun = new ManualResetEventSlim();
        var reader = new Thread(() =>
        {
            while (writer.StandardOutput.ReadLine() is { } line)
            {
                lines.Add(line);
                if (line == (isWhileOpening ? "opening" : "open"))
                {
                    hasBegun.Set();
                }
            }

            hasBegun.Set();
        });
        reader.Start();
        hasBegun.Wait();
        Thread.Sleep(isWhileOpening ? _random.NextBelow(60) : 5 + _random.NextBelow(900));
        _files.Cut(kind);
        if (!writer.WaitForExit(WriterEndsWithinMilliseconds))
        {
            writer.Kill();
            throw new InvalidOperationException("the writer goes on although every call fails");
        }

        reader.Join();
        Counts.Cuts++;
        Counts.CutsWhileOpening += lines.Contains("open") ? 0 : 1;
        Counts.ByKind[kind] = Counts.ByKind.GetValueOrDefault(kind) + 1;
        Take(lines, writer.ExitCode);
    }

    private void Take(List<string> lines, int exitCode)
    {
        foreach (var line in lines)
        {
            var words = line.Split(' ');
            if (words is [[var what], var group, var first, ..] && what != 'F')
            {
                var second = words.Length > 3 ? words[3] : "0";
                _promises.Single(promises => promises.Group.Value == Number(group))
                    .Said(what, Number(first), Number(second), Counts);
            }
        }

        var failure = lines.LastOrDefault() ?? string.Empty;
        if (!failure.StartsWith("F ", StringComparison.Ordinal)
            || !failure.Contains("EIO", StringComparison.Ordinal))
        {
            throw new InvalidOperationException(
                $"the writer ended with exit code {exitCode} and did not say why: {failure}");
        }

        Counts.StoppedByEio++;
        Counts.LastFailure = failure[2..];
    }

    private void Check()
    {
        using var disk = new FileDisk(DataDirectory);
        var identity = NodeDirectory.Open(
            disk, Written.Cluster, Written.Node, _random.Split());
        var reader = new LogReader(disk);
        var log = WriteAheadLog.Open(
            disk, reader, reader, Written.Options, identity, _random.Split());
        Counts.TornTails += log.Recovered.TornBytes > 0 ? 1 : 0;
        Counts.TornBytes += log.Recovered.TornBytes;
        Counts.VotesRescued += log.Recovered.IsHardStateRescued ? 1 : 0;
        foreach (var promises in _promises)
        {
            var shelf = SnapshotShelf.Open(disk, promises.Group);
            var group = log.OpenGroup(promises.Group, Written.Members);
            promises.Check(group, shelf, reader.ReadAll(log, group), disk, Counts);
        }
    }

    private Process Start()
    {
        var self = Environment.ProcessPath!;
        var start = new ProcessStartInfo(self) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(self) == "dotnet")
        {
            start.ArgumentList.Add(typeof(CutRun).Assembly.Location);
        }

        start.ArgumentList.Add("write");
        start.ArgumentList.Add(DataDirectory);
        start.ArgumentList.Add(_random.NextUInt64().ToString(CultureInfo.InvariantCulture));
        return Process.Start(start)!;
    }

    private static ulong Number(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);
}
