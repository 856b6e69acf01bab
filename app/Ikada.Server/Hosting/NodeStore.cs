using Ikada.Consensus;
using Ikada.KeyValue;
using Ikada.Node;
using Ikada.Primitives;
using Ikada.Replica;

namespace Ikada.Server;

/// <summary>A node and the store that is its state machine.</summary>
internal sealed class NodeStore(RaftNode node, KeyValueStore store) : IReplicatedStore
{
    public KeyValueView View => store.View;

    public IChangeListener? Listener
    {
        get => store.Listener;
        set => store.Listener = value;
    }

    public ReplicaStatus Status => node.Status;

    public Membership Membership => node.Membership;

    public ValueTask<WriteOutcome> ProposeAsync(
        ReadOnlyMemory<byte> command, CancellationToken cancellation) =>
        node.ProposeAsync(command, cancellation);

    public ValueTask<ReadOutcome> ReadBarrierAsync(bool mayUseLease, CancellationToken cancellation) =>
        node.ReadBarrierAsync(mayUseLease, cancellation);

    public bool HasExpired(in ReadOutcome outcome) => RaftNode.HasExpired(outcome);

    public ValueTask<(TransferOutcome Outcome, NodeId Leader)> TransferLeadershipAsync(
        NodeId target, CancellationToken cancellation) =>
        node.TransferLeadershipAsync(target, cancellation);
}
