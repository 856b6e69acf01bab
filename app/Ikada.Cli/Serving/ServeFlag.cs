namespace Ikada.Cli.Serving;

/// <summary>How a flag's text is read.</summary>
internal enum FlagKind
{
    Text,
    Boolean,
    Unsigned,
    Integer,
    Number,
    Duration,
    Urls,
}

/// <summary>What Ikada does with a flag that etcd has.</summary>
internal enum Treatment
{
    /// <summary>It does what it does in etcd, or what the note says.</summary>
    Honoured,

    /// <summary>It is taken, and one line says that it changes nothing.</summary>
    NoEffect,

    /// <summary>The server does not start with it, since going on without would be unsafe.</summary>
    Refused,
}

/// <summary>One flag of <c>serve</c>: a row of the table that the parser, the warnings and docs/flags.md
/// share.</summary>
internal sealed record ServeFlag(
    string Group, string Name, FlagKind Kind, string Default, Treatment Treatment, string Note)
{
    /// <summary>Values that ask for nothing special, so that neither a warning nor a refusal is
    /// due.</summary>
    public IReadOnlyList<string> Harmless { get; init; } = [];

    public bool IsHarmless(string value)
    {
        if (value.Length == 0 || value == Default)
        {
            return true;
        }

        foreach (var harmless in Harmless)
        {
            if (string.Equals(harmless, value, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return Kind == FlagKind.Boolean && GoValues.TryBoolean(value, out var on) && !on
            && Default == "false";
    }

    /// <summary>The name in the environment, after <c>IKADA_</c> or <c>ETCD_</c>.</summary>
    public string EnvironmentName => Name.ToUpperInvariant().Replace('-', '_');
}
