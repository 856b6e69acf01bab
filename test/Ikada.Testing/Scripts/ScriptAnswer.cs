namespace Ikada.Testing.Scripts;

/// <summary>What part of an answer is held against the script.</summary>
public enum ScriptComparison
{
    /// <summary>All of it.</summary>
    Whole,

    /// <summary>The first line; what follows may say how others see the same.</summary>
    FirstLine,

    /// <summary>The last line; above it may stand a drawing, and before it a remark in angle
    /// brackets.</summary>
    LastLine,
}

/// <summary>What a command answered.</summary>
/// <param name="Lines">The text.</param>
/// <param name="Comparison">What of it counts.</param>
public sealed record ScriptAnswer(IReadOnlyList<string> Lines, ScriptComparison Comparison)
{
    /// <summary>For an error: whether an expected line speaks of an error. Any such matches any
    /// error.</summary>
    public Func<string, bool>? IsErrorText { get; init; }

    /// <summary>Whether this is what was expected.</summary>
    public bool Matches(IReadOnlyList<string> expected)
    {
        var wanted = Part(expected);
        return IsErrorText is { } isError ? wanted.Count > 0 && isError(wanted[0])
            : Part(Lines).SequenceEqual(wanted, StringComparer.Ordinal);
    }

    private List<string> Part(IReadOnlyList<string> lines)
    {
        List<string> text = [.. lines.Select(line => line.TrimEnd())];
        while (text.Count > 0 && text[^1].Length == 0)
        {
            text.RemoveAt(text.Count - 1);
        }

        return text.Count == 0 ? text : Comparison switch
        {
            ScriptComparison.FirstLine => [text[0].Trim()],
            ScriptComparison.LastLine => [WithoutRemark(text[^1].Trim())],
            _ => text,
        };
    }

    private static string WithoutRemark(string line) =>
        line.StartsWith('<') ? line[(line.IndexOf('>', StringComparison.Ordinal) + 1)..].TrimStart() : line;
}
