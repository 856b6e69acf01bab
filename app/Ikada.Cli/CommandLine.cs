using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Ikada.Cli.Benching;
using Ikada.Cli.Client;
using Ikada.Cli.Completing;
using Ikada.Cli.Demo;
using Ikada.Cli.Doctor;
using Ikada.Cli.Histories;
using Ikada.Cli.Loading;
using Ikada.Cli.Logs;
using Ikada.Cli.Migrating;
using Ikada.Cli.Recovering;
using Ikada.Cli.Serving;
using Ikada.Cli.Simulating;

namespace Ikada.Cli;

/// <summary>The verbs, and how what System.CommandLine finds wrong is told: in one line, exit code
/// 2.</summary>
internal static class CommandLine
{
    // After Ctrl-C: long enough for the servers of a demonstration to be stopped.
    private static readonly TimeSpan CleanUpTimeout = TimeSpan.FromSeconds(30);

    /// <summary>A word that begins with @ is a key or a value like any other: no file is read for
    /// it.</summary>
    internal static ParserConfiguration Words { get; } = new() { ResponseFileTokenReplacer = null };

    public static async Task<int> RunAsync(string[] args)
    {
        var root = Root();
        args = VerbFirst(args);
        if (args is ["--version"])
        {
            args = ["version"];
        }

        if (args is [var first, ..] && !first.StartsWith('-')
            && root.Subcommands.All(command => command.Name != first))
        {
            var nearest =
                Nearest.Of(first, root.Subcommands.Where(c => !c.Hidden).Select(command => command.Name));
            var remedy = nearest is null ? "" : $"did you mean '{nearest}'? ";
            throw CliException.BadUsage($"unknown command '{first}'; {remedy}'ikada --help' lists all");
        }

        var parsed = root.Parse(args.Length == 0 ? ["--help"] : args, Words);
        if (parsed.Errors.Count > 0)
        {
            var verb = string.Join(' ', Verbs(parsed.CommandResult).Reverse());
            throw CliException.BadUsage($"{parsed.Errors[0].Message.TrimEnd('.')}; see '{verb} --help'");
        }

        // Errors are told by Program, in its way.
        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            // A migration means something else by Ctrl-C, and sees to it itself.
            ProcessTerminationTimeout =
                parsed.CommandResult.Command.Name == MigrateCommand.Name ? null : CleanUpTimeout,
        };
        return await parsed.InvokeAsync(configuration);
    }

    /// <summary>Who knows etcdctl writes the options of the connection before the verb: they go behind what
    /// follows it.</summary>
    internal static string[] VerbFirst(string[] args)
    {
        var verb = 0;
        while (verb < args.Length && args[verb].StartsWith('-'))
        {
            verb += DialOptions.TakesValue(args[verb]) ? 2 : 1;
        }

        if (verb == 0 || verb >= args.Length)
        {
            return args;
        }

        var end = Array.IndexOf(args, "--", verb);
        end = end < 0 ? args.Length : end;
        return [.. args[verb..end], .. args[..verb], .. args[end..]];
    }

    private static IEnumerable<string> Verbs(SymbolResult? result)
    {
        for (; result is CommandResult command; result = result.Parent)
        {
            yield return command.Command.Name;
        }
    }

    // Not RootCommand: that takes its name from the program's file.
    internal static Command Root()
    {
        var root = new Command("ikada", "Ikada: a replicated key-value store that speaks the etcd v3 API.");
        root.Add(new HelpOption());
        root.Add(new Command(ServeCommand.Name, ServeCommand.Description)
        {
            TreatUnmatchedTokensAsErrors = false,
        });
        root.Add(PutCommand.Create());
        root.Add(GetCommand.Create());
        root.Add(DelCommand.Create());
        root.Add(TxnCommand.Create());
        root.Add(WatchCommand.Create());
        root.Add(LeaseCommand.Create());
        root.Add(MemberCommand.Create());
        root.Add(EndpointCommand.Create());
        root.Add(StatusCommand.Create());
        root.Add(DoctorCommand.Create());
        foreach (var command in UpkeepCommands.Create())
        {
            root.Add(command);
        }

        root.Add(SnapshotCommand.Create());
        root.Add(MigrateCommand.Create());
        root.Add(ClusterBenchCommand.Create());
        root.Add(DemoCommand.Create());
        root.Add(SimulateCommand.Create());
        root.Add(HistoriesCommand.Create());
        root.Add(LogCommand.Create());
        root.Add(RecoverCommand.Create());
        root.Add(LoadCommand.Create());

        var version = new Command("version", "Print the version.");
        version.SetAction(_ => Console.Out.WriteLine(ProgramVersion.Line));
        root.Add(version);

        root.Add(CompletionCommand.Create());
        root.Add(CompletionCommand.CreateComplete(root));

        var flags = new Command("flags", "Print docs/flags.md.") { Hidden = true };
        flags.SetAction(_ => Console.Out.Write(FlagsDocument.Markdown()));
        root.Add(flags);
        return root;
    }
}
