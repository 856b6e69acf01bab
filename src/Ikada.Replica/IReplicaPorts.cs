using Ikada.Consensus;
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

    /// <summary>Has <see cref="ApplyRequest.Execute"/> run, off the consensus thread, then calls
    /// <see cref="RaftReplica.Applied"/>. At most one is under way.</summary>
    void Apply(ApplyRequest request);

    /// <summary>Role, term or leader changed.</summary>
    void ObserveRole(Role role, Term term, NodeId leader);

    /// <summary>Consensus saw something that an operator should know.</summary>
    void Observe(Fact fact, NodeId peer);
}

/// <summary>Sees every step of consensus: for traces.</summary>
public interface ICoreObserver
{
    /// <summary>The core took an input; its effects are still there, not yet carried out.</summary>
    void Stepped(in Input input, ConsensusCore core);
}
