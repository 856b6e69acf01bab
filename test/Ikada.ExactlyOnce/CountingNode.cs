using System.Globalization;
using Ikada.Replica;

namespace Ikada.ExactlyOnce;

/// <summary>A process with one node of the group. It takes commands from its standard input, one a line, and
/// answers each with a line: 'add N' proposes N increments, many at a time; 'value' reads; 'leads' tells
/// whether it leads.</summary>
internal static class CountingNode
{
    private const int AtATime = 64;

    public static async Task<int> RunAsync(string directory, string name, string listen, string[] members)
    {
        var options = new RaftOptions
        {
            Name = name, Cluster = "exactly-once", DataDirectory = directory, Listen = listen,
            ElectionTimeout = TimeSpan.FromMilliseconds(500),
        };
        options.Node = options.Node with { Replica = new ReplicaOptions { SnapshotEntries = 2000 } };
        foreach (var member in members)
        {
            options.InitialMembers.Add(member.Split('=')[0], member.Split('=')[1]);
        }

        await using var raft = await Raft.StartAsync(options, new Counter());
        Console.WriteLine("ready");
        while (await Console.In.ReadLineAsync() is { } line)
        {
            Console.WriteLine(line.Split(' ') switch
            {
                ["add", var count] => await AddAsync(raft, int.Parse(count, CultureInfo.InvariantCulture)),
                ["value"] => Text(await raft.QueryAsync(counter => counter.Value)),
                ["leads"] => raft.Leadership.IsHeld ? "yes" : "no",
                _ => "unknown command",
            });
        }

        return 0;
    }

    // How many were applied, then what became of the others.
    private static async Task<string> AddAsync(IRaft<Counter> raft, int count)
    {
        var left = count;
        var outcomes = new Dictionary<string, int>(StringComparer.Ordinal);
        var results = new HashSet<long>();
        await Task.WhenAll(Enumerable.Range(0, AtATime).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                var outcome = await raft.ProposeAsync(1);
                lock (outcomes)
                {
                    var kind = !outcome.IsApplied ? outcome.ToString()
                        : results.Add(outcome.Result) ? "applied" : "applied with a result that another had";
                    outcomes[kind] = outcomes.GetValueOrDefault(kind) + 1;
                }
            }
        }));
        return string.Join(", ", outcomes.Select(outcome => $"{outcome.Value} {outcome.Key}"));
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
