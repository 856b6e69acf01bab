using Ikada.Consensus;
using Ikada.KeyValue;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Wire;

namespace Ikada.Server;

/// <summary>What the services need of a node and its key-value store.</summary>
public interface IReplicatedStore
{
    /// <summary>The numbers of the store as last published.</summary>
    StoreState State { get; }

    /// <summary>Holds the store as last published, until the caller disposes it.</summary>
    KeyValueView Hold();

    /// <summary>Gives back the space of what was deleted, on this member; blocks the caller.</summary>
    void Defragment();

    /// <summary>Is told of every batch that is applied; null: nobody is.</summary>
    IChangeListener? Listener { get; set; }

    /// <summary>Where the node stands.</summary>
    ReplicaStatus Status { get; }

    /// <summary>The membership in force.</summary>
    Membership Membership { get; }

    /// <summary>Replicates a command, whose bytes nobody changes any more; waits for a leader until
    /// cancelled.</summary>
    ValueTask<WriteOutcome> ProposeAsync(ReadOnlyMemory<byte> command, CancellationToken cancellation);

    /// <summary>Waits until <see cref="Hold"/> gives all that was committed when the call began. If a lease
    /// may be used, what is read counts only if <see cref="HasExpired"/> says no afterwards.</summary>
    ValueTask<ReadOutcome> ReadBarrierAsync(bool mayUseLease, CancellationToken cancellation);

    /// <summary>Whether the lease of a read has run out by now.</summary>
    bool HasExpired(in ReadOutcome outcome);

    /// <summary>Hands leadership to <paramref name="target"/>; how that ended, and who leads then.</summary>
    ValueTask<(TransferOutcome Outcome, NodeId Leader)> TransferLeadershipAsync(
        NodeId target, CancellationToken cancellation);

    /// <summary>Tries once to change the membership, on whatever member leads. What is done stands in
    /// <see cref="Membership"/>.</summary>
    Task<Answer> ChangeMembershipAsync(MembershipChange change, CancellationToken cancellation);

    /// <summary>Whether this member and another one are connected, in both directions.</summary>
    bool IsConnected(NodeId member);
}
