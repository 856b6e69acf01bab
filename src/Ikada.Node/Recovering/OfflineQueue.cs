using Ikada.Log;
using Ikada.Primitives;

namespace Ikada.Node;

/// <summary>The disk thread of a log that nobody runs: does on call what has been submitted.</summary>
internal sealed class OfflineQueue : IDiskQueue, ILogEvents
{
    private readonly Queue<DiskOperation> _operations = new();

    public void Submit(DiskOperation operation) => _operations.Enqueue(operation);

    /// <summary>Does all there is, and what follows from it.</summary>
    /// <exception cref="DiskException">The disk failed.</exception>
    public void Run(IDisk disk, WriteAheadLog log)
    {
        while (_operations.TryDequeue(out var operation))
        {
            operation.Execute(disk);
            if (operation.Error is { } error)
            {
                throw error;
            }

            log.Complete(operation);
        }
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

    void ILogEvents.LogFailed(string message) => throw new DiskException(message);
}
