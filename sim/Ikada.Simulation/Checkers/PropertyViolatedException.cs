namespace Ikada.Simulation.Checkers;

/// <summary>A property does not hold. Ends the run.</summary>
internal sealed class PropertyViolatedException(string property, string description)
    : Exception($"{property}: {description}")
{
    /// <summary>Throws it anew where it was taken for another failure's cause.</summary>
    public static void Rethrow(Exception? cause)
    {
        if (cause is PropertyViolatedException found)
        {
            throw new PropertyViolatedException(found.Property, found.Description);
        }
    }

    /// <summary>Which, with its number in the list of invariants.</summary>
    public string Property { get; } = property;

    /// <summary>What was found, with the numbers.</summary>
    public string Description { get; } = description;
}
