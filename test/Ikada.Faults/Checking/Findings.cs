using Ikada.Simulation.Checkers;

namespace Ikada.Faults.Checking;

/// <summary>The violations found.</summary>
internal sealed class Findings
{
    private readonly List<string> _texts = [];

    public IReadOnlyList<string> Texts => _texts;

    public void Add(string property, string text) => _texts.Add($"{property}: {text}");

    /// <summary>Checks something; false if it is violated.</summary>
    public bool Holds(Action check)
    {
        try
        {
            check();
            return true;
        }
        catch (PropertyViolatedException found)
        {
            Add(found.Property, found.Description);
            return false;
        }
    }
}
