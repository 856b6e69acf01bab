using Spectre.Console;

namespace Ikada.Cli.Logs;

/// <summary>A bar on the standard error for work that takes a while; none where nobody looks.</summary>
internal static class Progress
{
    /// <param name="what">What is being done.</param>
    /// <param name="quiet">Never a bar.</param>
    /// <param name="work">Tells how far it is, from 0 to 1.</param>
    public static T Show<T>(string what, bool quiet, Func<Action<double>, T> work)
    {
        if (quiet || Console.IsErrorRedirected)
        {
            return work(static _ => { });
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Error),
        });
        return console.Progress().AutoClear(true).Start(context =>
        {
            var bar = context.AddTask(what, maxValue: 1);
            return work(share => bar.Value = share);
        });
    }
}
