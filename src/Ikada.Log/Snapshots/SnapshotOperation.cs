namespace Ikada.Log.Snapshots;

/// <summary>
/// One piece of work on snapshot files. It runs on a thread of its own, beside the log's disk thread, over
/// the same directory: a long one must not hold up appends. Handed back, done, on the thread that asked.
/// </summary>
public abstract class SnapshotOperation : DiskOperation
{
    private volatile bool _isCancelWanted;

    /// <summary>Whether it ended early, leaving no file behind.</summary>
    public bool WasCancelled { get; protected set; }

    /// <summary>Whether a long one should end early.</summary>
    protected bool IsCancelWanted => _isCancelWanted;

    /// <summary>Asks a long one to end early. From any thread.</summary>
    public void Cancel() => _isCancelWanted = true;
}
