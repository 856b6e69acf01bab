using Ikada.Primitives;
using Ikada.Simulation.Checkers;
using Ikada.StateMachine;

namespace Ikada.Simulation.Kit;

/// <summary>Calls of the user's code: what it throws is a finding that says what it was doing.</summary>
internal static class UserCode
{
    private const int StackLines = 4;

    /// <summary>Runs it; an exception violates <paramref name="property"/>.</summary>
    public static void Run(string property, Func<string> doing, Action action)
    {
        try
        {
            action();
        }
#pragma warning disable CA1031 // Whatever the user's code throws is a finding, told with its seed.
        catch (Exception thrown) when (thrown is not PropertyViolatedException)
#pragma warning restore CA1031
        {
            throw new PropertyViolatedException(property, $"{doing()}: it throws {Told(thrown)}");
        }
    }

    /// <summary>An exception and where it comes from.</summary>
    public static string Told(Exception thrown)
    {
        var lines = (thrown.StackTrace ?? string.Empty).Split('\n');
        return $"{thrown.GetType().Name}: {thrown.Message}\n"
            + string.Join('\n', lines[..Math.Min(lines.Length, StackLines)]);
    }

    /// <summary>A machine must stand where it was brought.</summary>
    public static void StandsAt(IStateMachine machine, LogIndex index, string whose)
    {
        if (machine.AppliedIndex != index)
        {
            throw new PropertyViolatedException(
                KitProperties.AppliesAll,
                $"{whose} was told to apply up to index {index}; then its AppliedIndex is "
                + $"{machine.AppliedIndex}");
        }
    }

    /// <summary>The user's invariants, of a state that is described when one does not hold.</summary>
    public static void Holds(ClusterPlan plan, IStateMachine machine, Func<string> state)
    {
        foreach (var invariant in plan.Invariants)
        {
            var holds = true;
            Run(KitProperties.Invariant(invariant.Name), state, () => holds = invariant.Holds(machine));
            if (!holds)
            {
                throw new PropertyViolatedException(
                    KitProperties.Invariant(invariant.Name), $"does not hold {state()}");
            }
        }
    }
}
