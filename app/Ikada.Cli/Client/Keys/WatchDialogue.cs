using System.CommandLine;

namespace Ikada.Cli.Client;

/// <summary><c>watch -i</c>: watches are begun by lines of the standard input, and print side by side. The
/// next line is read once the watch before it exists, so "progress" asks about all watches above
/// it.</summary>
internal sealed class WatchDialogue(ClientCall call)
{
    private readonly Lock _output = new();
    private readonly List<WatchRun> _watches = [];
    private readonly TaskCompletionSource<int> _broken =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task<int> RunAsync()
    {
        try
        {
            while (true)
            {
                // A line is waited for on a thread of its own: the console knows no cancellation.
                var line = Task.Run(Console.In.ReadLine).WaitAsync(call.Cancellation);
                if (await Task.WhenAny(line, _broken.Task) == _broken.Task)
                {
                    return await _broken.Task;
                }

                await ObeyAsync(await line ?? throw new CliException(
                    "watch: error reading watch request line: the input has ended, and the watches with it"));
            }
        }
        catch (OperationCanceledException) when (call.Cancellation.IsCancellationRequested)
        {
            return 0;
        }
    }

    private async Task ObeyAsync(string line)
    {
        try
        {
            var words = TxnScript.Words(line);
            switch (words)
            {
                case ["watch", ..]:
                    await BeginAsync(words[1..]);
                    break;
                case ["progress"]:
                    foreach (var watch in _watches)
                    {
                        await watch.AskProgressAsync();
                    }

                    break;
                default:
                    throw CliException.BadUsage("watch and progress supported");
            }
        }
        catch (CliException error)
        {
            await Console.Error.WriteLineAsync($"Invalid command: {line} ({error.Message})");
        }
    }

    private async Task BeginAsync(List<string> words)
    {
        var arguments = new WatchArguments();
        var verb = new Command("watch");
        ClientCommand.AddAll(verb, arguments.Symbols);
        var parsed = verb.Parse(words, CommandLine.Words);
        if (parsed.Errors.Count > 0)
        {
            throw CliException.BadUsage(parsed.Errors[0].Message.TrimEnd('.'));
        }

        var watch = new WatchRun(
            call, arguments.Read(parsed, Environment.GetEnvironmentVariable), _output);
        var whole = FollowAsync(watch);
        _watches.Add(watch);
        await Task.WhenAny(watch.Created, whole);
    }

    // A watch that the servers end is one less; a command that fails ends them all.
    private async Task FollowAsync(WatchRun watch)
    {
        try
        {
            await watch.RunAsync();
        }
        catch (CliException error) when (!watch.CommandFailed)
        {
            await Console.Error.WriteLineAsync($"ikada: {error.Message}");
        }
        catch (CliException error)
        {
            _broken.TrySetException(error);
        }
    }
}
