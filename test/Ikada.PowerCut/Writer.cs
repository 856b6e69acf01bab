using Ikada.Log;
using Ikada.Log.Snapshots;
using Ikada.Node.Disk;
using Ikada.Primitives;

namespace Ikada.PowerCut;

/// <summary>
/// Appends, votes, truncates, compacts and installs for as long as the disk lets it, on the real log over
/// real files, and says each promise on standard output as soon as it may be relied upon. Ends when the
/// disk fails.
/// </summary>
internal sealed class Writer : IDiskQueue, ILogEvents
{
    private const int FailedExitCode = 3;
    private readonly Queue<DiskOperation> _operations = new();
    private readonly RandomSource _random;
    private readonly EagerDisk _disk;
    private readonly Dictionary<GroupId, WriterGroup> _groups = [];
    private WriteAheadLog _log = null!;

    private Writer(EagerDisk disk, RandomSource random) => (_disk, _random) = (disk, random);

    private string? Failure { get; set; }

    public static int Run(string directory, ulong seed)
    {
        try
        {
            Say("opening");
            var random = new RandomSource(seed);
            using var disk = new FileDisk(directory);
            var writer = new Writer(new EagerDisk(disk, directory, random.Split()), random);
            writer.Open();
            Say("open");
            while (writer.Failure is null)
            {
                writer.Round();
            }

            Say($"F {writer.Failure}");
        }
        catch (Exception failure) when (failure is DiskException or IOException)
        {
            Say($"F {failure.Message}");
        }

        return FailedExitCode;
    }

    /// <summary>A line reaches the pipe at once.</summary>
    public static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }

    void IDiskQueue.Submit(DiskOperation operation) => _operations.Enqueue(operation);

    void ILogEvents.EntriesFlushed(GroupId group, LogPosition last, ulong generation) =>
        _groups[group].Flushed(last, generation);

    void ILogEvents.HardStateSaved(GroupId group, HardState saved) =>
        Say($"V {group.Value} {saved.Term.Value} {saved.Vote.Value}");

    void ILogEvents.EntriesRead(GroupId group, ulong cookie, ReadOnlySpan<LogEntry> entries)
    {
    }

    void ILogEvents.EntriesRepaired(GroupId group, LogIndex first, LogIndex last)
    {
    }

    void ILogEvents.BaseSaved(GroupId group, LogPosition position) =>
        Say($"B {group.Value} {position.Index.Value} {position.Term.Value}");

    void ILogEvents.SpaceChanged(bool isFull) => Say(isFull ? "full" : "not full");

    void ILogEvents.LogFailed(string message) => Failure = message;

    private void Open()
    {
        var identity = NodeDirectory.Open(_disk, Written.Cluster, Written.Node, _random);
        _log = WriteAheadLog.Open(_disk, this, this, Written.Options, identity, _random.Split());
        var worker = new SnapshotWorker(_disk);
        foreach (var id in Written.Groups)
        {
            var shelf = SnapshotShelf.Open(_disk, id);
            var log = _log.OpenGroup(id, Written.Members);
            if (shelf.Newest is { } newest && newest.Position.Index > log.Last.Index)
            {
                log.Reset(newest.Position, newest.Membership); // an install that the cut interrupted
            }

            _groups.Add(id, new WriterGroup(log, shelf, worker, _random.Split()));
        }

        Pump();
    }

    private void Round()
    {
        foreach (var group in _groups.Values)
        {
            Failure ??= group.TakeSnapshotWork();
        }

        var some = _groups[Written.Groups[_random.NextBelow(Written.Groups.Length)]];
        some.Write();
        if (_random.OneIn(50))
        {
            _log.Seal();
        }

        Pump();
        foreach (var group in _groups.Values)
        {
            group.Commit();
        }
    }

    private void Pump()
    {
        _log.Flush();
        while (Failure is null && _operations.TryDequeue(out var operation))
        {
            operation.Execute(_disk);
            _log.Complete(operation);
        }
    }
}
