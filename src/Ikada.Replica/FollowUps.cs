using Ikada.Consensus;
using Ikada.Log.Snapshots;
using Ikada.Primitives;

namespace Ikada.Replica;

/// <summary>An input that follows from the effects of a step, to be taken once they are all carried
/// out.</summary>
internal readonly record struct FollowUp(InputKind Kind)
{
    public NodeId Peer { get; init; }

    public LogPosition Position { get; init; }

    public bool Succeeded { get; init; }

    public Membership? Membership { get; init; }

    public Message Message { get; init; }

    public PeerIdentity Sender { get; init; }

    public Input At(Instant now) => Kind switch
    {
        InputKind.SendDropped => Input.SendDropped(now, Peer),
        InputKind.SnapshotStarted => Input.SnapshotStarted(now, Peer, Position),
        InputKind.SnapshotEnded => Input.SnapshotEnded(now, Peer, Succeeded),
        InputKind.SnapshotReceived => Input.SnapshotReceived(now, Message, Membership!, Sender),
        InputKind.SnapshotInstalled => Input.SnapshotInstalled(now, Position),
        _ => Input.LogCompacted(now, Position, Membership!),
    };
}

/// <summary>What is to be put to the core next, in order. Steps do not nest: an effect's consequences wait
/// here.</summary>
internal sealed class FollowUps
{
    private readonly Queue<FollowUp> _waiting = new();

    public bool TryTake(out FollowUp next) => _waiting.TryDequeue(out next);

    /// <summary>A message to this peer was dropped; told once, however many were.</summary>
    public void Dropped(NodeId peer)
    {
        var dropped = new FollowUp(InputKind.SendDropped) { Peer = peer };
        if (!_waiting.Contains(dropped))
        {
            _waiting.Enqueue(dropped);
        }
    }

    public void SnapshotStarted(NodeId peer, LogPosition position) =>
        _waiting.Enqueue(new FollowUp(InputKind.SnapshotStarted) { Peer = peer, Position = position });

    public void SnapshotEnded(NodeId peer, bool succeeded) =>
        _waiting.Enqueue(new FollowUp(InputKind.SnapshotEnded) { Peer = peer, Succeeded = succeeded });

    public void SnapshotReceived(in Message message, SnapshotDescriptor snapshot, PeerIdentity sender) =>
        _waiting.Enqueue(new FollowUp(InputKind.SnapshotReceived)
        {
            Message = message, Membership = snapshot.Membership, Sender = sender,
        });

    public void SnapshotInstalled(LogPosition position) =>
        _waiting.Enqueue(new FollowUp(InputKind.SnapshotInstalled) { Position = position });

    public void Compacted(LogPosition position, Membership membership) => _waiting.Enqueue(
        new FollowUp(InputKind.LogCompacted) { Position = position, Membership = membership });
}
