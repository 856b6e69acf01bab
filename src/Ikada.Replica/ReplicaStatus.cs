using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Replica;

/// <summary>Where a replica stands.</summary>
/// <param name="Self">This node.</param>
/// <param name="Role">What it is.</param>
/// <param name="Term">The latest term it has seen.</param>
/// <param name="Leader">The leader of that term, as far as known.</param>
/// <param name="Commit">What it knows committed.</param>
/// <param name="Applied">What its state machine holds.</param>
/// <param name="Last">The last entry of its log.</param>
/// <param name="Durable">Up to where its log is on the disk.</param>
public readonly record struct ReplicaStatus(
    NodeId Self,
    Role Role,
    Term Term,
    NodeId Leader,
    LogIndex Commit,
    LogIndex Applied,
    LogPosition Last,
    LogIndex Durable);
