namespace Ikada;

/// <summary>How new what a query sees must be.</summary>
public enum ReadConsistency
{
    /// <summary>It sees every write that was acknowledged before the query began, on any node: the leader
    /// confirms by a round of heartbeats that it still leads (diss. §6.4).</summary>
    Linearizable = 0,

    /// <summary>The same, without the round where the group has leases on (diss. §6.4.1): as new as
    /// <see cref="Linearizable"/> while the clocks of the members drift apart less than
    /// <see cref="Consensus.ConsensusOptions.ClockDriftPerMillionMax"/>. Where leases are off it is
    /// <see cref="Linearizable"/>.</summary>
    Lease,

    /// <summary>What this node has applied, at once and without asking anybody: may be older than what was
    /// read elsewhere, and older than this process's own writes through another node. Refused while the node
    /// is quarantined.</summary>
    Stale,
}
