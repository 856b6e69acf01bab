namespace Ikada.Testing.Scripts;

/// <summary>
/// A file of cases. A directive (<c>command word key=value key=(v1,v2)</c>), lines of input, <c>----</c>, the
/// expected text, a blank line. Text with blank lines in it stands between doubled separators. Lines that
/// begin with # are comments, except within a case.
/// </summary>
public sealed class Script
{
    /// <summary>Separates a case's input from what is expected.</summary>
    public const string Separator = "----";

    private Script(string file, IReadOnlyList<string> lines, IReadOnlyList<ScriptCase> cases)
    {
        File = file;
        Lines = lines;
        Cases = cases;
    }

    /// <summary>The file, as it was named.</summary>
    public string File { get; }

    /// <summary>The whole text.</summary>
    public IReadOnlyList<string> Lines { get; }

    /// <summary>Its cases, in order.</summary>
    public IReadOnlyList<ScriptCase> Cases { get; }

    /// <summary>Reads a file.</summary>
    public static Script Read(string path) => Parse(path, System.IO.File.ReadAllText(path));

    /// <summary>Takes a text apart. What cannot be understood becomes a case with a
    /// <see cref="ScriptCase.Fault"/>.</summary>
    public static Script Parse(string file, string text)
    {
        string[] lines = [.. text.Split('\n').Select(line => line.TrimEnd('\r'))];
        var cases = new List<ScriptCase>();
        var at = 0;
        while (at < lines.Length)
        {
            if (string.IsNullOrWhiteSpace(lines[at]) || lines[at].TrimStart().StartsWith('#'))
            {
                at++;
                continue;
            }

            var next = ReadCase(file, lines, ref at);
            cases.Add(next);
        }

        return new Script(file, lines, cases);
    }

    private static ScriptCase ReadCase(string file, string[] lines, ref int at)
    {
        var line = at + 1;
        var directive = ReadDirective(lines, ref at);
        var read = new ScriptCase { File = file, Line = line, Directive = directive };
        var input = new List<string>();
        while (at < lines.Length && lines[at] != Separator)
        {
            input.Add(lines[at++]);
        }

        if (at == lines.Length)
        {
            return read with { Fault = $"no {Separator} follows it" };
        }

        var first = at++;
        var (expected, fault) = ReadExpected(lines, ref at);
        read = read with { Input = input, Expected = expected, ExpectedLines = first..at, Fault = fault };
        try
        {
            return read with { Arguments = ScriptArgument.Parse(directive[read.Command.Length..]) };
        }
        catch (ScriptException wrong)
        {
            return read with { Fault = wrong.Message };
        }
    }

    // A backslash at the end of a line continues it.
    private static string ReadDirective(string[] lines, ref int at)
    {
        var directive = lines[at++].Trim();
        while (directive.EndsWith('\\') && at < lines.Length)
        {
            directive = $"{directive[..^1].TrimEnd()} {lines[at++].Trim()}";
        }

        return directive;
    }

    // Leaves at on the line behind the text.
    private static (List<string> Text, string? Fault) ReadExpected(string[] lines, ref int at)
    {
        var text = new List<string>();
        if (at < lines.Length && lines[at] == Separator)
        {
            at++;
            return ReadDoubled(lines, ref at, text);
        }

        while (at < lines.Length && !string.IsNullOrWhiteSpace(lines[at]))
        {
            text.Add(lines[at++]);
        }

        return (text, null);
    }

    private static (List<string> Text, string? Fault) ReadDoubled(
        string[] lines, ref int at, List<string> text)
    {
        for (; at + 1 < lines.Length; at++)
        {
            if (lines[at] == Separator && lines[at + 1] == Separator)
            {
                at += 2;
                var isAlone = at == lines.Length || string.IsNullOrWhiteSpace(lines[at]);
                return (text, isAlone ? null : $"text follows a doubled {Separator} without a blank line");
            }

            text.Add(lines[at]);
        }

        at = lines.Length;
        return (text, $"a doubled {Separator} is not closed");
    }
}
