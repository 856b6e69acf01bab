using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Ikada.Log;
using Ikada.Node;
using Ikada.Node.Disk;
using Ikada.Primitives;

namespace Ikada.Cli.Logs;

/// <summary>How fast a log is opened: written by this process, opened by a fresh one of the same program,
/// which counts its own memory.</summary>
internal static class RecoveryBench
{
    private const int BodyBytesMin = 256;
    private const int BodyBytesMax = 4096;
    private static readonly ClusterId Cluster = new(1);
    private static readonly NodeId Node = new(1);
    private static readonly Membership Members =
        new([new Member(Node, null, default)], [Node]);

    /// <summary>Writes a log of that many bytes of segments, entries of mixed sizes, a client's put to
    /// each.</summary>
    public static void Write(string directory, long bytes, Action<double> progress)
    {
        using var disk = new FileDisk(directory);
        var queue = new AtOnce();
        var random = Entropy.NewRandom();
        var log = WriteAheadLog.Open(
            disk, queue, queue, new LogOptions { TailBytesMax = 0 },
            NodeDirectory.Open(disk, Cluster, Node, random), random);
        var group = log.OpenGroup(new GroupId(1), Members);
        var entries = new List<LogEntry>();
        var content = new byte[BodyBytesMax * 2];
        new Random(1).NextBytes(content);
        for (long written = 0; written < bytes;)
        {
            entries.Clear();
            var next = group.Last.Index;
            for (var i = 0; i < 64; i++)
            {
                next = next.Next;
                var length = BodyBytesMin + random.NextBelow(BodyBytesMax - BodyBytesMin + 1);
                ReadOnlyMemory<byte> body = content.AsMemory(random.NextBelow(BodyBytesMax), length);
                entries.Add(LogEntry.Create(
                    group.Group, next, new Term(1 + (next.Value >> 16)), EntryKind.Command, 1, body));
            }

            group.Append(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(entries), 1);
            log.Flush();
            written += queue.Run(disk, log);
            progress(Math.Min(1, (double)written / bytes));
        }

        log.Seal();
        queue.Run(disk, log);
        foreach (var name in disk.List())
        {
            disk.DropCache(name);
        }
    }

    /// <summary>Opens the log of a directory as a server does, and prints what it took as one line of JSON.
    /// All of the process is in it: loading and compiling the program too.</summary>
    public static void Open(string directory, TextWriter output)
    {
        using var disk = new FileDisk(directory);
        var queue = new AtOnce();
        var random = Entropy.NewRandom();
        var log = WriteAheadLog.Open(
            disk, queue, queue, new LogOptions(), NodeDirectory.Open(disk, Cluster, Node, random), random);
        long entries = 0, bytes = 0;
        log.OpenGroup(new GroupId(1), Members).VisitRecovered(entry =>
        {
            entries++;
            bytes += entry.SizeBytes;
        });
        var took = DateTime.Now - Process.GetCurrentProcess().StartTime;
        output.WriteLine(JsonSerializer.Serialize(new
        {
            seconds = Math.Round(took.TotalSeconds, 3),
            log_bytes = log.Recovered.Bytes,
            entries,
            entry_bytes = bytes,
            segments = log.Recovered.Segments,
            peak_memory_bytes = PeakMemoryBytes(),
        }));
    }

    /// <summary>The most memory this process has had resident.</summary>
    private static long PeakMemoryBytes()
    {
        foreach (var line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
            {
                return 1024 * long.Parse(line[6..].Replace("kB", "", StringComparison.Ordinal).Trim(),
                    CultureInfo.InvariantCulture);
            }
        }

        return Environment.WorkingSet;
    }

    /// <summary>Does each operation as it is told to.</summary>
    private sealed class AtOnce : IDiskQueue, ILogEvents
    {
        private readonly Queue<DiskOperation> _operations = new();

        public void Submit(DiskOperation operation) => _operations.Enqueue(operation);

        /// <summary>Does all that is queued; the bytes of batches.</summary>
        public long Run(IDisk disk, WriteAheadLog log)
        {
            long bytes = 0;
            while (_operations.TryDequeue(out var operation))
            {
                operation.Execute(disk);
                bytes += operation.Work == DiskWork.Batch ? operation.ByteCount : 0;
                log.Complete(operation);
            }

            return bytes;
        }

        void ILogEvents.EntriesFlushed(GroupId group, LogPosition last, ulong generation)
        {
        }

        void ILogEvents.HardStateSaved(GroupId group, HardState saved)
        {
        }

        void ILogEvents.EntriesRead(GroupId group, ulong cookie, ReadOnlySpan<LogEntry> entries)
        {
        }

        void ILogEvents.EntriesRepaired(GroupId group, LogIndex first, LogIndex last)
        {
        }

        void ILogEvents.BaseSaved(GroupId group, LogPosition position)
        {
        }

        void ILogEvents.SpaceChanged(bool isFull)
        {
        }

        void ILogEvents.LogFailed(string message) => throw new CliException($"log bench: {message}");
    }
}
