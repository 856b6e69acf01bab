using Ikada.Primitives;

namespace Ikada.Replica;

/// <summary>Somebody's wish for a snapshot of what is applied now.</summary>
public abstract class SnapshotWish
{
    /// <summary>Called exactly once, from the thread of the replica.</summary>
    /// <param name="position">The last entry in the snapshot, which is durable and has been read back; index
    /// 0 where there is none.</param>
    /// <param name="problem">Why there is none, or null.</param>
    public abstract void Complete(LogPosition position, string? problem);
}
