using Spectre.Console;

namespace Ikada.Bench.Reporting;

/// <summary>Shows on the standard error what is being measured: a line that changes, or lines where nobody
/// looks.</summary>
internal static class Steps
{
    public static Task<T> ShowAsync<T>(Func<Action<string>, Task<T>> work)
    {
        if (Console.IsErrorRedirected)
        {
            return work(line => Console.Error.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {line}"));
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Error),
        });
        return console.Status().AutoRefresh(true).StartAsync(
            "starting", status => work(line => status.Status(Markup.Escape(line))));
    }
}
