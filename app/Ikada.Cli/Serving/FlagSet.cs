namespace Ikada.Cli.Serving;

/// <summary>
/// The values of all sources, one per flag: the command line wins over the environment, the environment
/// over the file. Refuses what must not be ignored and warns of what has no effect.
/// </summary>
internal sealed class FlagSet
{
    private readonly Dictionary<string, FlagValue> _values = new(StringComparer.Ordinal);
    private readonly List<string> _warnings = [];

    private FlagSet()
    {
    }

    public IReadOnlyList<string> Warnings => _warnings;

    public static FlagSet Gather(
        IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var set = new FlagSet();
        var given = ServeArguments.Parse(arguments);
        var surroundings = ServeEnvironment.Read(environment, set._warnings);
        var path = given.LastOrDefault(value => value.Flag.Name == "config-file")?.Value
            ?? surroundings.FirstOrDefault(value => value.Flag.Name == "config-file")?.Value;

        var file = string.IsNullOrEmpty(path) ? [] : ConfigFile.Read(path);
        foreach (var value in file.Concat(surroundings).Concat(given))
        {
            if (set._values.TryGetValue(value.Flag.Name, out var before) && before.Origin != value.Origin
                && before.Value != value.Value)
            {
                set._warnings.Add($"{value.Origin} wins over {before.Origin}");
            }

            set._values[value.Flag.Name] = value;
        }

        set.Judge();
        return set;
    }

    public FlagValue? Given(string name) =>
        _values.TryGetValue(name, out var value) && value.Value.Length > 0 ? value : null;

    /// <summary>The value given, or the flag's default; and what to call it in an error.</summary>
    public FlagValue Of(string name)
    {
        var flag =
            ServeFlags.Find(name) ?? throw new ArgumentException($"no flag is called {name}", nameof(name));
        return Given(name) ?? new FlagValue(flag, flag.Default, "--" + name);
    }

    public bool IsOn(string name) => GoValues.TryBoolean(Of(name).Value, out var on) && on;

    private void Judge()
    {
        foreach (var value in _values.Values)
        {
            if (value.Flag.Treatment == Treatment.Honoured || value.Flag.IsHarmless(value.Value))
            {
                continue;
            }

            if (value.Flag.Treatment == Treatment.Refused)
            {
                throw new CliException($"{value.Origin}={value.Value} is refused. {value.Flag.Note}");
            }

            _warnings.Add($"{value.Origin} has no effect. {value.Flag.Note}");
        }
    }
}
