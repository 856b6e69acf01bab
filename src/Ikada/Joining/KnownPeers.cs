using Ikada.Consensus;
using Ikada.Node;
using Ikada.Primitives;

namespace Ikada;

/// <summary>
/// The connections of a process whose groups join or come back: until the own log of a group names this node
/// under its incarnation, what it says of the members is out of date, and those that the process was told of
/// are reached as well.
/// </summary>
internal sealed class KnownPeers(
    IPeerTransport transport, NodeId self, Incarnation incarnation, MemberDesks desks) : IPeerTransport
{
    private readonly Lock _gate = new();
    private readonly Dictionary<GroupId, (Membership Members, RaftNode? Node)> _told = [];
    private Membership _own = Membership.Empty;
    private volatile int _tellings;
    private int _tellingsUsed;

    /// <summary>A member has told who belongs to a group. From any thread; in force with the next
    /// batch.</summary>
    /// <param name="group">The group.</param>
    /// <param name="told">Who belongs to it.</param>
    /// <param name="node">Knows whether that is out of date; null: it does not run yet.</param>
    public void Tell(GroupId group, Membership told, RaftNode? node)
    {
        lock (_gate)
        {
            _told[group] = (told, node);
            _tellings++;
        }
    }

    /// <summary>The group is closed.</summary>
    public void Forget(GroupId group)
    {
        lock (_gate)
        {
            _told.Remove(group);
            _tellings++;
        }
    }

    public Task StartAsync(Membership membership, IPeerEvents events, CancellationToken cancellation) =>
        transport.StartAsync(Known(membership), events, cancellation);

    public void Update(Membership membership) => transport.Update(Known(membership));

    public bool Send(GroupId group, in Message message, ReadOnlySpan<LogEntry> entries) =>
        transport.Send(group, message, entries);

    public void Flush()
    {
        if (_tellings != _tellingsUsed)
        {
            Update(_own);
        }

        transport.Flush();
    }

    public async ValueTask DisposeAsync()
    {
        // A connection that waits for an answer would hold up the end of all.
        desks.Close();
        await transport.DisposeAsync().ConfigureAwait(false);
        desks.Dispose();
    }

    // Those told of count before those of the logs.
    private Membership Known(Membership membership)
    {
        _own = membership;
        var members = new Dictionary<NodeId, Member>();
        lock (_gate)
        {
            _tellingsUsed = _tellings;
            foreach (var (told, node) in _told.Values)
            {
                if (node?.Membership.Find(self)?.Incarnation != incarnation)
                {
                    Add(members, told);
                }
            }
        }

        if (members.Count == 0)
        {
            return membership;
        }

        Add(members, membership);
        return new Membership([.. members.Values], []);
    }

    private static void Add(Dictionary<NodeId, Member> members, Membership more)
    {
        foreach (var member in more.Members)
        {
            members.TryAdd(member.Id, member);
        }
    }
}
