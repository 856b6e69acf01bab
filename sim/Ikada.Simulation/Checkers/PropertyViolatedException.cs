namespace Ikada.Simulation.Checkers;

/// <summary>A property does not hold. Ends the run.</summary>
internal sealed class PropertyViolatedException(string property, string description)
    : Exception($"{property}: {description}")
{
    /// <summary>Which, with its number in the list of invariants.</summary>
    public string Property { get; } = property;

    /// <summary>What was found, with the numbers.</summary>
    public string Description { get; } = description;
}
