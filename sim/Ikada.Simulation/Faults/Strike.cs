using System.Globalization;

namespace Ikada.Simulation.Faults;

/// <summary>One strike of the schedule: the <paramref name="Number"/>th of its kind, from 1.</summary>
public readonly record struct Strike(FaultKind Kind, int Number)
{
    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{FaultSet.NameOf(Kind)}:{Number}");
}
