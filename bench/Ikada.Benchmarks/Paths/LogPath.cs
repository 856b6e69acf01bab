using Ikada.Log;
using Ikada.Node.Disk;
using Ikada.Primitives;

namespace Ikada.Benchmarks;

/// <summary>An entry of 256 B appended in a batch of 64 and synced; the log is compacted on the
/// way.</summary>
internal sealed class LogPath : HotPath, IDiskQueue, ILogEvents
{
    private const int Batch = 64;
    private const int EntryBytes = 256;
    private const ulong CompactEvery = 1024;
    private static readonly GroupId Group = new(7);
    private static readonly NodeId Self = new(1);
    private static readonly Membership Members = new([new Member(Self, new Incarnation(5), default)], [Self]);
    private readonly Scratch _scratch = new();
    private readonly FileDisk _disk;
    private readonly Queue<DiskOperation> _operations = new();
    private readonly WriteAheadLog _log;
    private readonly GroupLog _group;
    private readonly LogEntry[] _entries = new LogEntry[Batch];
    private readonly byte[] _body = new byte[EntryBytes];

    public LogPath()
    {
        _disk = new FileDisk(_scratch.Path);
        _log = WriteAheadLog.Open(
            _disk, this, this, new LogOptions { SegmentBytes = 4 << 20, TailBytesMax = 1 << 20 },
            new DirectoryIdentity(new ClusterId(1), Self, new Incarnation(5), new StartCount(1)),
            new RandomSource(1));
        _group = _log.OpenGroup(Group, Members);
        Pump();
    }

    public override void Run(int operations)
    {
        for (var done = 0; done < operations; done += Batch)
        {
            var index = _group.Last.Index;
            for (var i = 0; i < Batch; i++)
            {
                index = index.Next;
                _entries[i] = LogEntry.Create(Group, index, new Term(1), EntryKind.Command, 1, _body);
            }

            _group.Append(_entries, generation: 1);
            Pump();
            if (_group.Durable != _group.Last)
            {
                throw new InvalidOperationException($"durable {_group.Durable}, last {_group.Last}");
            }

            if (index.Value - _group.Base.Index.Value >= CompactEvery)
            {
                _group.Compact(_group.Last, Members);
            }
        }
    }

    public void Submit(DiskOperation operation) => _operations.Enqueue(operation);

    public void EntriesFlushed(GroupId group, LogPosition last, ulong generation)
    {
    }

    public void HardStateSaved(GroupId group, HardState saved)
    {
    }

    public void EntriesRead(GroupId group, ulong cookie, ReadOnlySpan<LogEntry> entries)
    {
    }

    public void EntriesRepaired(GroupId group, LogIndex first, LogIndex last)
    {
    }

    public void BaseSaved(GroupId group, LogPosition position)
    {
    }

    public void SpaceChanged(bool isFull)
    {
    }

    public void LogFailed(string message) => throw new InvalidOperationException(message);

    protected override void Dispose(bool disposing)
    {
        _disk.Dispose();
        _scratch.Dispose();
        base.Dispose(disposing);
    }

    private void Pump()
    {
        _log.Flush();
        while (_operations.TryDequeue(out var operation))
        {
            operation.Execute(_disk);
            _log.Complete(operation);
        }
    }
}
