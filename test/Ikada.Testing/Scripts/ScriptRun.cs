namespace Ikada.Testing.Scripts;

/// <summary>What came of one case.</summary>
/// <param name="Case">The case.</param>
/// <param name="Actual">The answer, if there was one.</param>
/// <param name="Failure">Why it failed, or null.</param>
public sealed record ScriptOutcome(ScriptCase Case, ScriptAnswer? Actual, string? Failure);

/// <summary>Runs a script from its first case to its last.</summary>
public static class ScriptRun
{
    /// <summary>Runs all cases, also after one has failed.</summary>
    /// <param name="script">The script.</param>
    /// <param name="commands">Fresh ones: their state is carried through the file.</param>
    public static IReadOnlyList<ScriptOutcome> Of(Script script, params IScriptCommands[] commands)
    {
        ArgumentNullException.ThrowIfNull(script);
        return [.. script.Cases.Select(step => Run(step, commands))];
    }

    private static ScriptOutcome Run(ScriptCase step, IScriptCommands[] commands)
    {
        if (step.Fault is not null)
        {
            return Failed(step, step.Fault);
        }

        if (commands.FirstOrDefault(some => some.Knows(step.Command)) is not { } known)
        {
            return Failed(step, $"there is no command '{step.Command}'");
        }

        try
        {
            var answer = known.Run(step);
            return answer.Matches(step.Expected)
                ? new ScriptOutcome(step, answer, null)
                : Failed(step, Difference(step, answer)) with { Actual = answer };
        }
        catch (ScriptException wrong)
        {
            return Failed(step, wrong.Message);
        }
#pragma warning disable CA1031 // Whatever a case throws is the failure of that case; the others still run.
        catch (Exception broken)
#pragma warning restore CA1031 // Whatever a case throws is the failure of that case; the others still run.
        {
            return Failed(step, broken.ToString());
        }
    }

    private static ScriptOutcome Failed(ScriptCase step, string why) =>
        new(step, null, $"{step.File}:{step.Line}: {step.Directive}\n{why}");

    private static string Difference(ScriptCase step, ScriptAnswer answer) =>
        $"expected{PartOf(answer)}:\n{Indented(step.Expected)}\nanswered:\n{Indented(answer.Lines)}";

    private static string PartOf(ScriptAnswer answer) =>
        answer.IsErrorText is not null ? " (any error matches an error)"
        : answer.Comparison == ScriptComparison.FirstLine ? " (the first line counts)"
        : answer.Comparison == ScriptComparison.LastLine ? " (the last line counts)"
        : string.Empty;

    private static string Indented(IReadOnlyList<string> lines) =>
        lines.Count == 0 ? "  (nothing)" : string.Join('\n', lines.Select(line => "  " + line));
}
