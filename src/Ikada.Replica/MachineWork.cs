using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Replica;

/// <summary>One piece of work for the state machine. It runs off the consensus thread, in the order given,
/// and is handed back, done, to <see cref="RaftReplica.MachineDone"/>.</summary>
public abstract class MachineWork
{
    /// <summary>What it does and how far it reaches, for the message of a node that stops over it.</summary>
    public abstract string What { get; }

    /// <summary>What the machine held durably by itself afterwards; null for one in memory.</summary>
    internal LogIndex? DurableApplied { get; private set; }

    /// <summary>Where the machine stood afterwards.</summary>
    internal LogIndex Applied { get; private set; }

    /// <summary>The hash of its state there; 0: it has none.</summary>
    internal ulong StateHash { get; private set; }

    /// <summary>Does it. An exception of the state machine passes through: the node must stop.</summary>
    public void Execute(IStateMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        Run(machine);
        (Applied, StateHash) = (machine.AppliedIndex, machine.StateHash);
        DurableApplied = machine.IsDurable ? machine.DurableAppliedIndex : null;
    }

    /// <summary>The work.</summary>
    protected abstract void Run(IStateMachine machine);
}
