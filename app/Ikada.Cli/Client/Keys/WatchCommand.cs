using System.CommandLine;

namespace Ikada.Cli.Client;

internal static class WatchCommand
{
    public static Command Create()
    {
        var arguments = new WatchArguments();
        var interactive = new Option<bool>("--interactive", "-i")
        {
            Description = "Read watches from the standard input, a line each: watch KEY [RANGE_END] "
                + "[OPTIONS] [-- COMMAND]; a line 'progress' asks how far they are.",
        };
        return ClientCommand.Create(
            "watch",
            "Print changes of a key or a range of keys as they happen, until Ctrl-C; or run a command at "
                + "each.",
            [.. arguments.Symbols, interactive],
            call =>
            {
                WatchArguments.CheckEnvironment(Environment.GetEnvironmentVariable);
                return call.Parsed.GetValue(interactive)
                    ? new WatchDialogue(call).RunAsync()
                    : new WatchRun(
                        call, arguments.Read(call.Parsed, Environment.GetEnvironmentVariable), new Lock())
                        .RunAsync();
            });
    }
}
