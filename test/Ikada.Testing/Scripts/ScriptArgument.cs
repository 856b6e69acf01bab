namespace Ikada.Testing.Scripts;

/// <summary>An argument of a command: a word, or a key with one value or several.</summary>
/// <param name="Key">The word, or what stands before the equals sign.</param>
/// <param name="Values">What stands behind it; empty for a word and for <c>key=()</c>.</param>
/// <param name="HasValues">Whether there was an equals sign.</param>
public sealed record ScriptArgument(string Key, IReadOnlyList<string> Values, bool HasValues)
{
    /// <summary>Takes the arguments of a directive apart: <c>word key=value key=(v1, v2)</c>.</summary>
    /// <exception cref="ScriptException">A parenthesis is missing or stands where none may.</exception>
    public static IReadOnlyList<ScriptArgument> Parse(string text)
    {
        var arguments = new List<ScriptArgument>();
        var rest = text.AsSpan().Trim();
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOfAny(" \t=");
            var key = end < 0 ? rest : rest[..end];
            if (key.IsEmpty || key.IndexOfAny("()") >= 0)
            {
                throw new ScriptException($"'{rest}' does not begin with a word or a key");
            }

            rest = rest[key.Length..];
            if (!rest.StartsWith("="))
            {
                arguments.Add(new ScriptArgument(key.ToString(), [], HasValues: false));
            }
            else
            {
                var value = rest[1..LengthOfValue(rest)];
                rest = rest[(value.Length + 1)..];
                arguments.Add(new ScriptArgument(key.ToString(), ValuesOf(value), HasValues: true));
            }

            rest = rest.TrimStart();
        }

        return arguments;
    }

    /// <inheritdoc/>
    public override string ToString() => HasValues ? $"{Key}=({string.Join(',', Values)})" : Key;

    private static int LengthOfValue(ReadOnlySpan<char> text)
    {
        var end = text.StartsWith("=(") ? text.IndexOf(')') + 1 : text.IndexOfAny(" \t");
        if (text.StartsWith("=(") && end == 0)
        {
            throw new ScriptException($"'{text}' lacks a closing parenthesis");
        }

        if (end > 0 && end < text.Length && text[end] is not (' ' or '\t'))
        {
            throw new ScriptException($"'{text[end..]}' follows a closing parenthesis without a space");
        }

        return end < 0 ? text.Length : end;
    }

    private static string[] ValuesOf(ReadOnlySpan<char> value) =>
        value.StartsWith("(")
            ? value[1..^1].ToString().Split(
                ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            : [value.ToString()];
}
