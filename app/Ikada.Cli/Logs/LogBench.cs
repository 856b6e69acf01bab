using System.Diagnostics;
using System.Security.Cryptography;
using Ikada.Log;
using Ikada.Node;
using Ikada.Primitives;

namespace Ikada.Cli.Logs;

/// <summary>What to measure.</summary>
/// <param name="SizeBytes">The length of a record's body.</param>
/// <param name="Batch">Records appended at once by a lone writer.</param>
/// <param name="Writers">Writers, each with one append under way.</param>
/// <param name="Duration">How long, after warming up.</param>
/// <param name="HasDiskThread">Whether the disk has a thread of its own, as in a server.</param>
internal sealed record BenchOptions(
    int SizeBytes, int Batch, int Writers, TimeSpan Duration, bool HasDiskThread = true);

/// <summary>What came out.</summary>
internal sealed record BenchResult(BenchOptions Options, TimeSpan Took, Latencies Latencies)
{
    /// <summary>Records made durable.</summary>
    public required long Records { get; init; }

    /// <summary>Syncs that carried them.</summary>
    public required long Batches { get; init; }

    /// <summary>Bytes written for them, headers and padding included.</summary>
    public required long BatchBytes { get; init; }

    /// <summary>Bytes of segments prepared meanwhile.</summary>
    public required long PreparedBytes { get; init; }
}

/// <summary>Appends to a real log on a real disk and waits until each is durable. What is a while old is
/// compacted, so that segments are used again as they are behind a server's snapshots.</summary>
internal sealed class LogBench : ILogEvents
{
    // Long enough for the first segments to be used again where the records are large.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private const long CompactionBytes = 16 << 20;
    private static readonly Term Term = new(1);
    private readonly BenchOptions _options;
    private readonly BenchDisk _disk;
    private readonly WriteAheadLog _log;
    private readonly GroupLog _group;
    private readonly Membership _membership;
    private readonly byte[] _body;
    private readonly List<DiskOperation> _done = [];
    private readonly List<BenchAppend> _taken = [];
    private readonly Queue<BenchAppend> _waiting = new();
    private LogIndex _durable;
    private string? _failure;
    private Counts _counts;
    private long _sinceCompaction;

    public LogBench(BenchOptions options, IDisk disk)
    {
        _options = options;
        _disk = new BenchDisk(disk, options.HasDiskThread);
        var random = Entropy.NewRandom();
        var identity = NodeDirectory.Open(disk, new ClusterId(1), new NodeId(1), random);
        _log = WriteAheadLog.Open(disk, _disk, this, new LogOptions(), identity, random);
        _membership = new Membership([new Member(new NodeId(1), null, default)], [new NodeId(1)]);
        _group = _log.OpenGroup(new GroupId(1), _membership);
        _body = RandomNumberGenerator.GetBytes(options.SizeBytes);
    }

    /// <exception cref="CliException">The disk failed.</exception>
    public BenchResult Run(Action<double> progress, CancellationToken cancellation)
    {
        _disk.Start();
        try
        {
            return _options.Writers == 1
                ? RunAlone(progress, cancellation)
                : RunMany(progress, cancellation);
        }
        finally
        {
            _disk.Stop();
        }
    }

    void ILogEvents.EntriesFlushed(GroupId group, LogPosition last, ulong generation)
    {
        _counts.Records += (long)(last.Index - _durable);
        for (; _durable < last.Index && _waiting.Count > 0; _durable = _durable.Next)
        {
            _waiting.Dequeue().SetResult();
        }

        _durable = last.Index;
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

    void ILogEvents.LogFailed(string message) => _failure = message;

    // One writer, which waits for each batch before it appends the next: what the disk gives to one client.
    private BenchResult RunAlone(Action<double> progress, CancellationToken cancellation)
    {
        var latencies = new Latencies();
        var clock = new BenchClock(WarmUp, _options.Duration, progress);
        while (clock.Goes(Reset) && !cancellation.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            Append(_options.Batch);
            _log.Flush();
            while (_durable < _group.Last.Index)
            {
                Step();
            }

            clock.Measured(latencies, Stopwatch.GetTimestamp() - start);
        }

        return Result(clock.Took, latencies);
    }

    // Each writer asks and waits on the thread pool; this thread owns the log, as a node's consensus thread
    // does, and one batch carries all that was asked for while the one before was under way.
    private BenchResult RunMany(Action<double> progress, CancellationToken cancellation)
    {
        var clock = new BenchClock(WarmUp, _options.Duration, progress);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var writers = new Task<Latencies>[_options.Writers];
        for (var i = 0; i < writers.Length; i++)
        {
            writers[i] = Task.Run(() => WriteAsync(clock, stop.Token), CancellationToken.None);
        }

        while (clock.Goes(Reset) && !cancellation.IsCancellationRequested)
        {
            Step();
        }

        var (took, counts) = (clock.Took, _counts);
        stop.Cancel();
        var all = Task.WhenAll(writers);
        while (!all.IsCompleted)
        {
            // The last of them may end without another append.
            _disk.Post(new BenchAppend());
            Step();
        }

        var latencies = new Latencies();
        foreach (var writer in all.GetAwaiter().GetResult())
        {
            latencies.Add(writer);
        }

        _counts = counts;
        return Result(took, latencies);
    }

    private async Task<Latencies> WriteAsync(BenchClock clock, CancellationToken stop)
    {
        var latencies = new Latencies();
        while (!stop.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            var append = new BenchAppend();
            _disk.Post(append);
            await append.Task;
            clock.Measured(latencies, Stopwatch.GetTimestamp() - start);
        }

        return latencies;
    }

    private void Append(int count)
    {
        var entries = new LogEntry[count];
        for (var i = 0; i < count; i++)
        {
            entries[i] = LogEntry.Create(
                _group.Group, _group.Last.Index + (ulong)(i + 1), Term, EntryKind.Command, 1, _body);
        }

        _group.Append(entries, 1);
        _sinceCompaction += (long)count * _body.Length;
        if (_sinceCompaction > CompactionBytes)
        {
            _sinceCompaction = 0;
            _group.Compact(_group.Durable, _membership);
        }
    }

    // As a node's consensus thread: all that has come in, then one flush.
    private void Step()
    {
        _disk.Take(_done, _taken);
        foreach (var operation in _done)
        {
            _counts.Add(operation);
            _log.Complete(operation);
        }

        foreach (var append in _taken)
        {
            _waiting.Enqueue(append);
        }

        if (_taken.Count > 0)
        {
            Append(_taken.Count);
        }

        _done.Clear();
        _taken.Clear();
        _log.Flush();
        if (_failure is { } failure)
        {
            throw new CliException($"log bench: {failure}");
        }
    }

    private void Reset() => _counts = default;

    private BenchResult Result(TimeSpan took, Latencies latencies) => new(_options, took, latencies)
    {
        Records = _counts.Records,
        Batches = _counts.Batches,
        BatchBytes = _counts.BatchBytes,
        PreparedBytes = _counts.PreparedBytes,
    };

    private struct Counts
    {
        public long Records;
        public long Batches;
        public long BatchBytes;
        public long PreparedBytes;

        public void Add(DiskOperation operation)
        {
            if (operation.Work == DiskWork.Batch)
            {
                Batches++;
                BatchBytes += operation.ByteCount;
            }
            else if (operation.Work == DiskWork.Preparation)
            {
                PreparedBytes += operation.ByteCount;
            }
        }
    }
}
