namespace Ikada.Testing.Scripts;

/// <summary>Puts the answers of a run in place of what a script expects, to be reviewed as a diff.</summary>
public static class ScriptRewriter
{
    /// <summary>The script's text with the answers of those cases that did not match.</summary>
    public static string Rewrite(Script script, IReadOnlyList<ScriptOutcome> outcomes)
    {
        ArgumentNullException.ThrowIfNull(script);
        ArgumentNullException.ThrowIfNull(outcomes);
        var lines = script.Lines.ToList();
        foreach (var outcome in outcomes.Reverse())
        {
            if (outcome.Failure is not null && outcome.Actual is { } actual)
            {
                var (first, length) = outcome.Case.ExpectedLines.GetOffsetAndLength(lines.Count);
                lines.RemoveRange(first, length);
                lines.InsertRange(first, Expected(actual.Lines));
            }
        }

        return string.Join('\n', lines);
    }

    private static IEnumerable<string> Expected(IReadOnlyList<string> lines) =>
        lines.Any(line => string.IsNullOrWhiteSpace(line) || line == Script.Separator)
            ? [Script.Separator, Script.Separator, .. lines, Script.Separator, Script.Separator]
            : [Script.Separator, .. lines];
}
