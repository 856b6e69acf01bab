using Ikada.Consensus;
using Ikada.Log.Snapshots;
using Ikada.Primitives;

namespace Ikada.Replica;

/// <summary>What a replica needs of its host. Calls come from within the replica's methods and must not
/// call back into it.</summary>
public interface IReplicaPorts
{
    /// <summary>Sends a message, for Append and ForwardProposal with its entries. Encode at once: nothing
    /// is lent beyond the call. If it cannot be queued, return false; the replica takes it as dropped
    /// before sending.</summary>
    bool Send(in Message message, ReadOnlySpan<LogEntry> entries);

    /// <summary>Has <see cref="MachineWork.Execute"/> run off the consensus thread, in the order given, then
    /// calls <see cref="RaftReplica.MachineDone"/>. Few are under way at a time.</summary>
    void Apply(MachineWork work);

    /// <summary>Has an operation on snapshot files run, off the consensus thread and off the log's disk
    /// thread, in the order given, then calls <see cref="RaftReplica.SnapshotWorkDone"/>.</summary>
    void Submit(SnapshotOperation operation);

    /// <summary>Role, term or leader changed.</summary>
    void ObserveRole(Role role, Term term, NodeId leader);

    /// <summary>Consensus saw something that an operator should know.</summary>
    void Observe(Fact fact, NodeId peer);

    /// <summary>Something became of a snapshot or of the log's beginning.</summary>
    void Observe(in SnapshotFact fact);

    /// <summary>A comparison of states brought something.</summary>
    void Observe(in StateFact fact);

    /// <summary>The node cannot go on and must stop, with this message.</summary>
    void Stop(string message);
}

/// <summary>Sees every step of consensus: for traces.</summary>
public interface ICoreObserver
{
    /// <summary>The core took an input; its effects are still there, not yet carried out.</summary>
    void Stepped(in Input input, ConsensusCore core);
}
