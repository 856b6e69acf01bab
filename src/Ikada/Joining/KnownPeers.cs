using Ikada.Consensus;
using Ikada.Node;
using Ikada.Primitives;

namespace Ikada;

/// <summary>
/// The connections of a node that joins or comes back: until its own log names it under its incarnation, what
/// the log says of the members is out of date, and it speaks with those that it was told of as well.
/// </summary>
internal sealed class KnownPeers(
    IPeerTransport transport, NodeId self, Incarnation incarnation, MemberDesk desk) : IPeerTransport
{
    private Membership _own = Membership.Empty;
    private Membership _known = Membership.Empty;
    private volatile Membership _told = Membership.Empty;
    private Membership _used = Membership.Empty;

    /// <summary>A member has told who they are. From any thread; in force with the next batch.</summary>
    public void Tell(Membership told) => _told = told;

    public Task StartAsync(Membership membership, IPeerEvents events, CancellationToken cancellation)
    {
        Take(membership);
        return transport.StartAsync(_known, events, cancellation);
    }

    public void Update(Membership membership)
    {
        Take(membership);
        transport.Update(_known);
    }

    public bool Send(GroupId group, in Message message, ReadOnlySpan<LogEntry> entries) =>
        transport.Send(group, message, entries);

    public void Flush()
    {
        if (!ReferenceEquals(_told, _used))
        {
            Update(_own);
        }

        transport.Flush();
    }

    public async ValueTask DisposeAsync()
    {
        // A connection that waits for an answer would hold up the end of all.
        desk.Close();
        await transport.DisposeAsync().ConfigureAwait(false);
        desk.Dispose();
    }

    private void Take(Membership membership)
    {
        (_own, _used) = (membership, _told);
        if (_used.Members.IsEmpty || membership.Find(self)?.Incarnation == incarnation)
        {
            _known = membership;
            return;
        }

        var members = new List<Member>([.. _used.Members]);
        foreach (var member in membership.Members)
        {
            if (!_used.Contains(member.Id))
            {
                members.Add(member);
            }
        }

        _known = new Membership([.. members], []);
    }
}
