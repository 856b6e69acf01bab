using Ikada.Simulation.Checkers;
using Ikada.StateMachine;

namespace Ikada.Simulation.Kit;

/// <summary>Makes the user's state machines, each of which must be new.</summary>
internal sealed class MachineFactory(ClusterPlan plan)
{
    private readonly HashSet<object> _made = new(ReferenceEqualityComparer.Instance);

    /// <summary>A new one, empty.</summary>
    public IStateMachine Make()
    {
        IStateMachine? machine = null;
        UserCode.Run(KitProperties.StartsEmpty, () => "the factory", () => machine = plan.Machine());
        if (machine is null || !_made.Add(machine))
        {
            throw new PropertyViolatedException(
                KitProperties.StartsEmpty, "the factory returned "
                + (machine is null ? "null" : "the same object again; every node and every start of one "
                    + "needs its own: make it inside the lambda"));
        }

        if (machine.IsDurable)
        {
            throw new PropertyViolatedException(
                KitProperties.StartsEmpty,
                $"{machine.GetType().Name} keeps its state on disk by itself (IsDurable): simulated nodes "
                + "have no disk for it. Simulate its logic as a machine in memory, and test its "
                + "files with real processes");
        }

        if (machine.AppliedIndex.Value > 0 || machine.DurableAppliedIndex.Value > 0)
        {
            throw new PropertyViolatedException(
                KitProperties.StartsEmpty,
                $"the factory's state machine has AppliedIndex {machine.AppliedIndex} and "
                + $"DurableAppliedIndex {machine.DurableAppliedIndex}; both must be 0: what a simulated node "
                + "keeps is its log and its snapshots");
        }

        return machine;
    }
}
