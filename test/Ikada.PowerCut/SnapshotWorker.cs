using System.Collections.Concurrent;
using Ikada.Log;
using Ikada.Log.Snapshots;
using Ikada.Primitives;

namespace Ikada.PowerCut;

/// <summary>The snapshot thread of the writer: beside the log's, on the same disk.</summary>
internal sealed class SnapshotWorker
{
    private readonly BlockingCollection<(GroupId Group, SnapshotOperation Work)> _wanted = [];
    private readonly ConcurrentDictionary<GroupId, ConcurrentQueue<SnapshotOperation>> _done = [];

    public SnapshotWorker(IDisk disk)
    {
        var thread = new Thread(() =>
        {
            foreach (var (group, work) in _wanted.GetConsumingEnumerable())
            {
                work.Execute(disk);
                DoneOf(group).Enqueue(work);
            }
        })
        {
            IsBackground = true,
        };
        thread.Start();
    }

    public void Submit(GroupId group, SnapshotOperation work) => _wanted.Add((group, work));

    public bool TryTake(GroupId group, out SnapshotOperation? done) => DoneOf(group).TryDequeue(out done);

    private ConcurrentQueue<SnapshotOperation> DoneOf(GroupId group) =>
        _done.GetOrAdd(group, static _ => []);
}
