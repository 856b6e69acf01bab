namespace Ikada.Wire;

/// <summary>The format versions that a node speaks: these and all between.</summary>
/// <param name="Lowest">The lowest.</param>
/// <param name="Highest">The highest.</param>
public readonly record struct VersionRange(ushort Lowest, ushort Highest)
{
    /// <summary>The version that two nodes speak with each other: the highest that both know. Null: they know
    /// none in common. It is the same for both, so neither has to tell the other.</summary>
    public ushort? HighestCommon(VersionRange other)
    {
        var highest = Math.Min(Highest, other.Highest);
        return highest >= Math.Max(Lowest, other.Lowest) ? highest : null;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        Lowest == Highest ? $"format version {Lowest}" : $"format versions {Lowest} to {Highest}";
}
