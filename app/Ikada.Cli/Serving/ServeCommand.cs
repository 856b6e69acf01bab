using System.Collections;

namespace Ikada.Cli.Serving;

/// <summary>The verb <c>serve</c>: reads its own command line, since etcd's flags follow Go's
/// rules.</summary>
internal static class ServeCommand
{
    public const string Name = "serve";
    public const string Description = "Run a server; takes etcd's flags (see 'ikada serve --help').";

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        if (arguments.Any(argument => argument is "--help" or "-help" or "-h"))
        {
            Console.Out.Write(FlagsDocument.Help());
            return 0;
        }

        var flags = FlagSet.Gather(arguments, Environment());
        if (flags.IsOn("version"))
        {
            Console.Out.WriteLine(ProgramVersion.Line);
            return 0;
        }

        var settings = SettingsReader.Read(flags);
        foreach (var warning in settings.Warnings)
        {
            Console.Error.WriteLine($"ikada: warning: {warning}");
        }

        return await ServerHost.RunAsync(settings);
    }

    private static Dictionary<string, string> Environment()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
        {
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        return variables;
    }
}
