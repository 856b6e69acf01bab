using Ikada.Primitives;

namespace Ikada.Server;

/// <summary>Counts the leaders that this member has seen. Told where it stands now and then; from any thread
/// that does so alone.</summary>
internal sealed class LeaderChanges
{
    private NodeId _leader;
    private Term _term;
    private long _count;

    public long Count => Volatile.Read(ref _count);

    public void Observe(NodeId leader, Term term)
    {
        if (!leader.IsNone && (leader != _leader || term != _term))
        {
            (_leader, _term) = (leader, term);
            Interlocked.Increment(ref _count);
        }
    }
}
