namespace Ikada.Cli.Serving;

/// <summary>A value given for a flag, and where: <c>--name</c>, <c>IKADA_NAME</c> or <c>name in
/// ikada.yml</c>.</summary>
internal sealed record FlagValue(ServeFlag Flag, string Value, string Origin)
{
    /// <summary>Fails unless the text is one of the flag's kind.</summary>
    public FlagValue Checked()
    {
        var (good, expected) = Flag.Kind switch
        {
            FlagKind.Boolean => (GoValues.TryBoolean(Value, out _), "true or false"),
            FlagKind.Unsigned => (GoValues.TryUnsigned(Value, out _), "a whole number from 0 on"),
            FlagKind.Integer => (GoValues.TryInteger(Value, out _), "a whole number"),
            FlagKind.Number => (GoValues.TryNumber(Value, out _), "a number"),
            FlagKind.Duration => (GoValues.TryDuration(Value, out _), "a duration such as 10ms, 5s or 1h30m"),
            _ => (true, ""),
        };
        return good ? this : throw CliException.BadUsage($"{Origin}: '{Value}' is not {expected}");
    }
}
