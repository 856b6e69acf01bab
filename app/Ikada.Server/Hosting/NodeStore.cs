using Ikada.Consensus;
using Ikada.KeyValue;
using Ikada.Node;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Wire;

namespace Ikada.Server;

/// <summary>A node and the store that is its state machine.</summary>
internal sealed class NodeStore(ClusterNode cluster, KeyValueStore store) : IReplicatedStore
{
    public StoreState State => store.State;

    public KeyValueView Hold() => store.Hold();

    public void Defragment() => store.Defragment();

    public IChangeListener? Listener
    {
        get => store.Listener;
        set => store.Listener = value;
    }

    public ReplicaStatus Status => cluster.Node.Status;

    public Membership Membership => cluster.Node.Membership;

    public ValueTask<WriteOutcome> ProposeAsync(
        ReadOnlyMemory<byte> command, CancellationToken cancellation) =>
        cluster.Node.ProposeOwnedAsync(command, cancellation);

    public ValueTask<ReadOutcome> ReadBarrierAsync(bool mayUseLease, CancellationToken cancellation) =>
        cluster.Node.ReadBarrierAsync(mayUseLease, cancellation);

    public bool HasExpired(in ReadOutcome outcome) => RaftNode.HasExpired(outcome);

    public ValueTask<(TransferOutcome Outcome, NodeId Leader)> TransferLeadershipAsync(
        NodeId target, CancellationToken cancellation) =>
        cluster.Node.TransferLeadershipAsync(target, cancellation);

    public Task<Answer> ChangeMembershipAsync(MembershipChange change, CancellationToken cancellation) =>
        cluster.ChangeMembershipAsync(change, cancellation);

    public bool IsConnected(NodeId member) => member == Status.Self
        || cluster.Peers.Any(peer => peer.Node == member && peer.IsConnected && peer.IsHeard);
}
