namespace Ikada.Testing;

/// <summary>
/// Says which lines of the scenario checklist a test covers. <c>docs/protocol/checklist.md</c> is generated
/// from these, so that it cannot go stale.
/// </summary>
/// <param name="lines">The names of the lines, as the checklist has them.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class CoversAttribute(params string[] lines) : Attribute
{
    /// <summary>The names of the lines.</summary>
    public IReadOnlyList<string> Lines { get; } = lines;

    /// <summary>How the line was translated, where our rules differ from those it was written for.</summary>
    public string? Note { get; init; }
}
