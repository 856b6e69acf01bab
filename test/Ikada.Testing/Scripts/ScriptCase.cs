namespace Ikada.Testing.Scripts;

/// <summary>One case of a script: a command, its input, and the answer that is expected.</summary>
public sealed record ScriptCase
{
    /// <summary>The file, as it was named.</summary>
    public required string File { get; init; }

    /// <summary>The line of the directive, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>The directive as it stands there.</summary>
    public required string Directive { get; init; }

    /// <summary>Its first word.</summary>
    public string Command => Directive.Split((char[])[' ', '\t'], 2)[0];

    /// <summary>What follows the command.</summary>
    public IReadOnlyList<ScriptArgument> Arguments { get; init; } = [];

    /// <summary>The lines between the directive and the separator.</summary>
    public IReadOnlyList<string> Input { get; init; } = [];

    /// <summary>The lines behind the separator.</summary>
    public IReadOnlyList<string> Expected { get; init; } = [];

    /// <summary>Where the expected text stands in the file: lines from 0, its separators included.</summary>
    public Range ExpectedLines { get; init; }

    /// <summary>Why the case cannot be run, if it cannot be read.</summary>
    public string? Fault { get; init; }

    /// <summary>The argument of that key, or null.</summary>
    public ScriptArgument? Find(string key) => Arguments.FirstOrDefault(argument => argument.Key == key);

    /// <summary>Refuses arguments that the command does not know, lest a mistyped one goes unseen.</summary>
    /// <exception cref="ScriptException">There is one.</exception>
    public void Allow(params ReadOnlySpan<string> keys)
    {
        foreach (var argument in Arguments)
        {
            if (argument.HasValues && !keys.Contains(argument.Key))
            {
                throw new ScriptException($"'{Command}' knows no argument '{argument.Key}'");
            }
        }
    }
}
