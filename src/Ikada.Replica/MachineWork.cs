using Ikada.StateMachine;

namespace Ikada.Replica;

/// <summary>One piece of work for the state machine. It runs off the consensus thread, in the order given,
/// and is handed back, done, to <see cref="RaftReplica.MachineDone"/>.</summary>
public abstract class MachineWork
{
    /// <summary>What it does and how far it reaches, for the message of a node that stops over it.</summary>
    public abstract string What { get; }

    /// <summary>Does it. An exception of the state machine passes through: the node must stop.</summary>
    public abstract void Execute(IStateMachine machine);
}
