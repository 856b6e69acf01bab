using System.Diagnostics;
using System.Globalization;

namespace Ikada.Groups;

/// <summary>A process with many groups. It takes commands from its standard input, one a line, and answers
/// each with a line: 'open N' opens N groups; 'leads' tells how many of them it leads; 'sent' gives the
/// frames and bytes sent so far; 'heap' the bytes of objects; 'add' proposes once in each group.</summary>
internal static class GroupsNode
{
    private const int AtATime = 64;

    public static async Task<int> RunAsync(
        string directory, string name, string listen, TimeSpan sleep, string[] members)
    {
        var options = new RaftHostOptions { QuiesceAfter = sleep };
        options.Process.Name = name;
        options.Process.Cluster = "groups";
        options.Process.DataDirectory = directory;
        options.Process.Listen = listen;
        foreach (var member in members)
        {
            options.Process.InitialMembers.Add(member.Split('=')[0], member.Split('=')[1]);
        }

        using var sent = new SentFrames();
        await using var host = await RaftHost.StartAsync(options);
        var groups = new List<IRaft<Tally>>();
        Console.WriteLine("ready");
        while (await Console.In.ReadLineAsync() is { } line)
        {
            Console.WriteLine(line.Split(' ') switch
            {
                ["open", var count] => await OpenAsync(host, groups, Number(count)),
                ["leads"] => Text(groups.Count(group => group.Leadership.IsHeld)),
                ["sent"] => sent.Read() is var (frames, bytes) ? $"{frames} {bytes}" : string.Empty,
                ["heap"] => Text(GC.GetTotalMemory(forceFullCollection: true)),
                ["add"] => await AddAsync(groups),
                _ => "unknown command",
            });
        }

        return 0;
    }

    private static async Task<string> OpenAsync(RaftHost host, List<IRaft<Tally>> groups, int count)
    {
        var watch = Stopwatch.StartNew();
        using var few = new SemaphoreSlim(AtATime);
        groups.AddRange(await Task.WhenAll(Enumerable.Range(0, count).Select(async number =>
        {
            await few.WaitAsync();
            try
            {
                return await host.OpenAsync($"group-{number}", new Tally());
            }
            finally
            {
                few.Release();
            }
        })));
        return Text(watch.ElapsedMilliseconds);
    }

    // How many were applied, and how long all of them took.
    private static async Task<string> AddAsync(List<IRaft<Tally>> groups)
    {
        var watch = Stopwatch.StartNew();
        var outcomes = await Task.WhenAll(groups.Select(group => group.ProposeAsync(1).AsTask()));
        var applied = outcomes.Count(outcome => outcome is { IsApplied: true, Result: 1 });
        return $"{applied} {watch.ElapsedMilliseconds}";
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
