using Ikada.Cli.Processes;
using Ikada.Cli.Serving;
using Ikada.Cli.Simulating;

namespace Ikada.Cli;

/// <summary>The <c>ikada</c> command.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        try
        {
            if (args is [SimulateCommand.Name, ..])
            {
                RuntimeSettings.StartOver(RuntimeSettings.OfSimulator);
            }
            else if (args is [ServeCommand.Name, ..])
            {
                RuntimeSettings.StartOver(RuntimeSettings.OfServer);
            }

            // "serve" reads its own flags: they are etcd's, with etcd's rules.
            return args is [ServeCommand.Name, .. var flags]
                ? await ServeCommand.RunAsync(flags)
                : await CommandLine.RunAsync(args);
        }
        catch (CliException error)
        {
            await Console.Error.WriteLineAsync($"ikada: error: {error.Message}");
            return error.ExitCode;
        }
    }
}
