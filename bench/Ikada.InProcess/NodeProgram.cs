using System.Globalization;

namespace Ikada.InProcess;

/// <summary>A process with a node, which takes commands from its standard input, one a line: 'leads' tells
/// how many groups it leads; 'run CLIENTS BYTES WARM-UP-MS WINDOW-MS' runs a load and says 'begun' and
/// 'ended' as the measuring does, then the figures. It ends with its input.</summary>
public static class NodeProgram
{
    public static async Task RunAsync(IReplicatedNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        await using (node.ConfigureAwait(false))
        {
            Say("ready");
            while (await Console.In.ReadLineAsync().ConfigureAwait(false) is { } line)
            {
                await AnswerAsync(node, line.Split(' ')).ConfigureAwait(false);
            }
        }
    }

    private static async Task AnswerAsync(IReplicatedNode node, string[] words)
    {
        switch (words)
        {
            case ["leads"]:
                Say($"{node.Led.Count}");
                break;
            case ["run", var clients, var bytes, var warmUp, var window]:
                using (var loop = new ClosedLoop())
                {
                    var moments = new Queue<string>(["begun", "ended"]);
                    var result = await loop.RunAsync(
                        node.Led, Number(clients), Number(bytes), Time(warmUp), Time(window),
                        () => Say(moments.Dequeue())).ConfigureAwait(false);
                    Say(FormattableString.Invariant(
                        $"{result.Operations} {result.Seconds} {result.P50} {result.P99} {result.Max}"));
                }

                break;
            default:
                Say($"unknown: {string.Join(' ', words)}");
                break;
        }
    }

    private static void Say(string line) => Console.Out.WriteLine(line);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static TimeSpan Time(string text) => TimeSpan.FromMilliseconds(Number(text));
}
