using System.Globalization;
using System.Text;

namespace Ikada.Simulation;

/// <summary>Something that does not hold in a simulated cluster.</summary>
/// <param name="Seed">In the run of which seed.</param>
/// <param name="Property">What does not hold: a property of the state machine, an invariant of the user's as
/// <c>invariant: NAME</c>, or a property of Ikada's own with its number.</param>
/// <param name="Description">What was found: index, node, values.</param>
/// <param name="At">When, in virtual time.</param>
/// <param name="LastEvents">The last events before it, oldest first, one line each.</param>
public sealed record ClusterViolation(
    ulong Seed, string Property, string Description, TimeSpan At, IReadOnlyList<string> LastEvents)
{
    /// <summary>The line that repeats it, in place of the call of <c>Run</c>.</summary>
    public string Repeat => string.Create(CultureInfo.InvariantCulture, $".Replay(seed: {Seed})");

    /// <summary>All of it for a person.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"VIOLATION with seed {Seed} after {At.TotalSeconds:F3} virtual seconds");
        text.AppendLine(CultureInfo.InvariantCulture, $"  property  {Property}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  found     {Description}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  repeat    {Repeat} in place of .Run(...)");
        if (LastEvents.Count > 0)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  the last {LastEvents.Count} events:");
        }

        foreach (var line in LastEvents)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"    {line}");
        }

        return text.ToString();
    }
}

/// <summary>Thrown by <see cref="ClusterReport.ThrowIfViolated"/>: its message is the whole
/// violation.</summary>
public sealed class ClusterViolationException(ClusterViolation violation)
    : Exception(violation?.ToString())
{
    /// <summary>What does not hold.</summary>
    public ClusterViolation Violation { get; } = violation!;
}
