using Ikada.Log;
using Ikada.Primitives;

namespace Ikada.PowerCut;

/// <summary>Reads a whole group back, on the calling thread, up to what cannot be read.</summary>
internal sealed class LogReader(IDisk disk) : IDiskQueue, ILogEvents
{
    private readonly Queue<DiskOperation> _operations = new();
    private readonly List<LogEntry> _read = [];

    public LogEntry[] ReadAll(WriteAheadLog log, GroupLog group)
    {
        _read.Clear();
        for (var next = group.Base.Index.Next; next <= group.Last.Index; next = _read[^1].Index.Next)
        {
            var before = _read.Count;
            group.ReadBack(next, group.Last.Index, 1 << 20, 0);
            while (_operations.TryDequeue(out var operation))
            {
                operation.Execute(disk);
                log.Complete(operation);
            }

            if (_read.Count == before)
            {
                break; // damaged: what is missing will be missed
            }
        }

        return [.. _read];
    }

    void IDiskQueue.Submit(DiskOperation operation) => _operations.Enqueue(operation);

    void ILogEvents.EntriesRead(GroupId group, ulong cookie, ReadOnlySpan<LogEntry> entries) =>
        _read.AddRange(entries);

    void ILogEvents.EntriesFlushed(GroupId group, LogPosition last, ulong generation)
    {
    }

    void ILogEvents.HardStateSaved(GroupId group, HardState saved)
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

    void ILogEvents.LogFailed(string message) => throw new InvalidOperationException(message);
}
