using Spectre.Console;

namespace Ikada.Cli.Migrating;

/// <summary>Bars on a terminal.</summary>
internal sealed class MigrateBars(IAnsiConsole console, ProgressContext context) : IMigrateDisplay
{
    private readonly Dictionary<string, ProgressTask> _tasks = [];

    /// <summary>Does the work with bars on the standard error if that is a terminal, with lines
    /// otherwise.</summary>
    public static async Task<T> ShowAsync<T>(Func<IMigrateDisplay, Task<T>> work)
    {
        if (Console.IsErrorRedirected)
        {
            return await work(new MigrateLines(Console.Error, TimeSpan.FromSeconds(5)));
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Error),
        });
        return await console.Progress()
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(),
                new PercentageColumn(), new RemainingTimeColumn(), new SpinnerColumn())
            .StartAsync(context => work(new MigrateBars(console, context)));
    }

    public void Say(string line) => console.WriteLine(line);

    public void Progress(string what, long done, long of)
    {
        var task = TaskOf(what);
        task.MaxValue = Math.Max(of, 1);
        task.Value = of == 0 ? 1 : done;
        task.Description = Markup.Escape($"{what} {done}/{of}");
    }

    public void Following(long revision, long behind, bool untilCutOver)
    {
        var task = TaskOf("following");
        task.IsIndeterminate = untilCutOver;
        task.Description = Markup.Escape(
            $"following, revision {revision}, {behind} behind"
            + (untilCutOver ? "; Ctrl-C cuts over" : ""));
    }

    private ProgressTask TaskOf(string name)
    {
        if (!_tasks.TryGetValue(name, out var task))
        {
            task = context.AddTask(name);
            _tasks[name] = task;
        }

        return task;
    }
}
