using System.Text;
using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

/// <summary>A log on a simulated disk, with a queue that executes when told, and everything the log
/// said.</summary>
internal sealed class LogFixture : IDiskQueue, ILogEvents
{
    public const ulong Cluster = 0xC1;
    public const ulong Node = 0xA1;
    public static readonly GroupId Group = new(7);
    public static readonly Membership Members = new(
        [new Member(new NodeId(Node), new Incarnation(5), "one"u8.ToArray()),
            new Member(new NodeId(2), null, default)],
        [new NodeId(Node), new NodeId(2)]);

    private readonly Queue<DiskOperation> _operations = new();

    private LogFixture(IDisk disk) => Disk = disk;

    public IDisk Disk { get; }

    public WriteAheadLog Log { get; private set; } = null!;

    public GroupLog Log7 { get; private set; } = null!;

    public List<(GroupId Group, LogPosition Last, ulong Generation)> Flushed { get; } = [];

    public List<(GroupId Group, HardState State)> Saved { get; } = [];

    public List<(ulong Cookie, LogEntry[] Entries)> Read { get; } = [];

    public List<(GroupId Group, LogIndex First, LogIndex Last)> Repaired { get; } = [];

    public List<(GroupId Group, LogPosition Position)> BasesSaved { get; } = [];

    public bool IsFull { get; private set; }

    public string? Failure { get; private set; }

    /// <summary>Whether entries are queued that are not durable.</summary>
    public bool HasWaiting => Log7.Durable.Index < Log7.Last.Index;

    public int Waiting => _operations.Count;

    /// <summary>What the disk does, or did last.</summary>
    public string Executing { get; private set; } = "nothing";

    public static LogOptions SmallOptions { get; } = new()
    {
        SegmentBytes = 64 << 10, PreparationBytes = 32 << 10, TailBytesMax = 4096, BatchBytesMax = 16 << 10,
    };

    public static DirectoryIdentity Identity { get; } =
        new(new ClusterId(Cluster), new NodeId(Node), new Incarnation(9), new StartCount(1));

    /// <summary>The term of an entry of <see cref="Filled"/>: three of each.</summary>
    public static ulong TermOf(ulong index) => 1 + ((index - 1) / 3);

    /// <summary>A log of so many durable entries on a disk of its own.</summary>
    public static LogFixture Filled(ulong count, out SimulatedDisk disk)
    {
        disk = new SimulatedDisk();
        var log = Open(disk);
        for (ulong index = 1; index <= count; index++)
        {
            log.Append(index, TermOf(index));
        }

        log.Pump();
        return log;
    }

    public static LogFixture Open(
        IDisk disk, LogOptions? options = null, ulong seed = 1, DirectoryIdentity? identity = null,
        bool opensGroup = true)
    {
        var fixture = new LogFixture(disk);
        fixture.Log = WriteAheadLog.Open(
            disk, fixture, fixture, options ?? SmallOptions, identity ?? Identity, new RandomSource(seed));
        if (opensGroup)
        {
            fixture.Log7 = fixture.Log.OpenGroup(Group, Members);
        }

        return fixture;
    }

    public static LogEntry Entry(ulong index, ulong term, int size = 40, GroupId? group = null)
    {
        var body = new byte[size];
        for (var i = 0; i < size; i++)
        {
            body[i] = (byte)(1 + (((ulong)i + (index * 31) + (term * 7)) % 255));
        }

        return LogEntry.Create(
            group ?? Group, new LogIndex(index), new Term(term), EntryKind.Command, 1, body);
    }

    public void Append(ulong index, ulong term, int size = 40, ulong generation = 1) =>
        Log7.Append([Entry(index, term, size)], generation);

    /// <summary>Executes and completes operations until none is left.</summary>
    public void Pump()
    {
        Log.Flush();
        while (PumpOne())
        {
        }
    }

    public bool PumpOne()
    {
        if (!_operations.TryDequeue(out var operation))
        {
            return false;
        }

        Executing = operation.ToString()!;
        operation.Execute(Disk);
        Log.Complete(operation);
        return true;
    }

    /// <summary>Executes the next operation but keeps its completion.</summary>
    public Action ExecuteOne()
    {
        var operation = _operations.Dequeue();
        operation.Execute(Disk);
        return () => Log.Complete(operation);
    }

    /// <summary>All of a group as text, for comparison: hard state, then each entry with a checksum of its
    /// body.</summary>
    public string Describe(bool withCommit = true) => Describe(Log7, withCommit);

    public string Describe(GroupLog log, bool withCommit = true)
    {
        var text = new StringBuilder();
        var state = log.RecoveredHardState;
        text.Append($"term {state.Term} vote {state.Vote}");
        text.Append(withCommit ? $" commit {state.Commit.Value}" : string.Empty);
        text.Append($" base {log.Base} last {log.Last} members {log.BaseMembership.Members.Length}");
        foreach (var entry in ReadAll(log))
        {
            text.Append($" | {entry.Position} {entry.Checksum:x8}");
        }

        return text.ToString();
    }

    public LogEntry[] ReadAll() => ReadAll(Log7);

    public LogEntry[] ReadAll(GroupLog log)
    {
        var all = new List<LogEntry>();
        while (all.Count < (int)(log.Last.Index.Value - log.Base.Index.Value))
        {
            var first = log.Base.Index + (ulong)all.Count + 1;
            log.ReadBack(first, log.Last.Index, 1 << 20, 99);
            while (PumpOne())
            {
            }

            Assert.Null(Failure);
            var entries = Read[^1].Entries;
            Assert.NotEmpty(entries);
            Assert.All(entries, entry => Assert.True(entry.HasValidChecksum(log.Group)));
            all.AddRange(entries);
        }

        return [.. all];
    }

    void IDiskQueue.Submit(DiskOperation operation) => _operations.Enqueue(operation);

    void ILogEvents.EntriesFlushed(GroupId group, LogPosition last, ulong generation) =>
        Flushed.Add((group, last, generation));

    void ILogEvents.HardStateSaved(GroupId group, HardState saved) => Saved.Add((group, saved));

    void ILogEvents.EntriesRead(GroupId group, ulong cookie, ReadOnlySpan<LogEntry> entries) =>
        Read.Add((cookie, entries.ToArray()));

    void ILogEvents.EntriesRepaired(GroupId group, LogIndex first, LogIndex last) =>
        Repaired.Add((group, first, last));

    void ILogEvents.BaseSaved(GroupId group, LogPosition position) => BasesSaved.Add((group, position));

    void ILogEvents.SpaceChanged(bool isFull) => IsFull = isFull;

    void ILogEvents.LogFailed(string message) => Failure = message;
}
