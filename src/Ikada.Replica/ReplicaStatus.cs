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
    LogIndex Durable)
{
    /// <summary>How many entries of its log it cannot read and asks others for.</summary>
    public ulong DamagedEntries { get; init; }

    /// <summary>Whether acknowledged entries may be missing at the end of its log: it neither votes nor
    /// campaigns.</summary>
    public bool IsUnsure { get; init; }

    /// <summary>Whether it has lost a vote, or entries that it had acknowledged: it never votes, campaigns or
    /// acknowledges again, until its directory is wiped and it is added anew as a learner.</summary>
    public bool IsTreatedAsWiped { get; init; }

    /// <summary>Whether all its snapshots are lost, and with them the state before its log: it votes and
    /// acknowledges, but neither campaigns nor serves reads, and asks the others for a snapshot.</summary>
    public bool IsStateMissing { get; init; }

    /// <summary>The first entry that its log still holds, or will.</summary>
    public LogIndex LogFirst { get; init; }

    /// <summary>The last entry in its newest snapshot; 0 if there is none.</summary>
    public LogIndex SnapshotIndex { get; init; }

    /// <summary>What its state machine holds durably by itself: a restart applies again what lies behind it,
    /// and the log keeps that. Null: the machine is in memory.</summary>
    public LogIndex? DurableApplied { get; init; }

    /// <summary>How many snapshots it is sending.</summary>
    public int SnapshotsSending { get; init; }

    /// <summary>Whether it is receiving or installing one.</summary>
    public bool IsReceivingSnapshot { get; init; }

    /// <summary>Whether a majority holds another state than this node: it serves no reads, takes no writes of
    /// its own clients and gives no snapshot, votes and acknowledges, and takes over the state of the
    /// majority's leader.</summary>
    public bool IsQuarantined { get; init; }

    /// <summary>Quarantined: the last index where its state was found to be the majority's; 0: none is
    /// known.</summary>
    public LogIndex StatesAgreedAt { get; init; }

    /// <summary>Quarantined: the first index where its state was found to be another; 0: it was found before
    /// this start.</summary>
    public LogIndex StatesDifferAt { get; init; }

    /// <summary>Where no majority holds one state, so that nobody can tell who is right; 0: nothing of the
    /// kind is known.</summary>
    public LogIndex StatesDisputedAt { get; init; }

    /// <summary>On a leader: how many members hold another state than the majority.</summary>
    public int OddMembers { get; init; }

    /// <summary>The last index as of which it has read all that its state machine has stored
    /// (<see cref="ReplicaOptions.ScrubInterval"/>); 0: none since it started.</summary>
    public LogIndex ScrubbedAt { get; init; }

    /// <summary>Whether it could not read its state whole, and goes on with it all the same, being the only
    /// voter.</summary>
    public bool IsStateUnreadable { get; init; }

    /// <summary>Whether its log has no room for commands: it votes, and leads only if nobody with space
    /// can.</summary>
    public bool IsFull { get; init; }
}
