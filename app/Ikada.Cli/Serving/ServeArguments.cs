namespace Ikada.Cli.Serving;

/// <summary>
/// The command line of <c>serve</c>, read as Go's flag package reads etcd's: one dash or two, <c>--flag
/// value</c> or
/// <c>--flag=value</c>, a boolean without a value is true, the last one of a flag counts.
/// </summary>
internal static class ServeArguments
{
    public static IReadOnlyList<FlagValue> Parse(IReadOnlyList<string> arguments)
    {
        var values = new List<FlagValue>();
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (argument.Length < 2 || argument[0] != '-' || argument is "--")
            {
                throw CliException.BadUsage(
                    $"'{argument}' is not a flag; 'ikada serve' takes only flags: see 'ikada serve --help'");
            }

            var name = argument.AsSpan(argument[1] == '-' ? 2 : 1);
            var equals = name.IndexOf('=');
            var flag = Known(argument, (equals < 0 ? name : name[..equals]).ToString());
            var origin = "--" + flag.Name;
            if (equals >= 0)
            {
                values.Add(new FlagValue(flag, name[(equals + 1)..].ToString(), origin).Checked());
            }
            else if (flag.Kind == FlagKind.Boolean)
            {
                values.Add(new FlagValue(flag, "true", origin));
            }
            else if (++i < arguments.Count)
            {
                values.Add(new FlagValue(flag, arguments[i], origin).Checked());
            }
            else
            {
                throw CliException.BadUsage($"--{flag.Name} needs a value: --{flag.Name}={Example(flag)}");
            }
        }

        return values;
    }

    private static ServeFlag Known(string argument, string name)
    {
        if (ServeFlags.Find(name) is { } flag)
        {
            return flag;
        }

        var nearest = Nearest.Of(name, ServeFlags.All.Select(known => known.Name));
        var remedy = nearest is null ? "" : $"did you mean --{nearest}? ";
        var written = argument.Split('=')[0];
        throw CliException.BadUsage($"unknown flag {written}; {remedy}'ikada serve --help' lists all");
    }

    private static string Example(ServeFlag flag) => flag.Default.Length > 0 ? flag.Default : "VALUE";
}
