using System.CommandLine;

namespace Ikada.Cli.Client;

/// <summary><c>ikada txn</c>: reads a transaction in etcdctl's notation from the standard input.</summary>
internal static class TxnCommand
{
    private static readonly string[] Prompts =
    [
        "compares:", "success requests (get, put, del):", "failure requests (get, put, del):",
    ];

    public static Command Create()
    {
        var interactive = new Option<bool>("--interactive", "-i")
        {
            Description = "Say what is to be typed next.",
        };
        return ClientCommand.Create(
            "txn",
            "Carry out, as one, the success requests if all compares hold, else the failure requests. They "
                + "are read from the standard input, each list ended by an empty line.",
            [interactive],
            async call =>
            {
                var isInteractive = call.Parsed.GetValue(interactive);
                var request = await TxnScript.ReadAsync(
                    line => NextAsync(line, isInteractive, call.Cancellation));
                call.Printer.Transaction(await call.Cluster.WriteAsync(
                    "txn",
                    (connection, options) => connection.KeyValues.TxnAsync(request, options),
                    call.Cancellation));
                return 0;
            });
    }

    private static async Task<string?> NextAsync(
        TxnPlace place, bool isInteractive, CancellationToken cancellation)
    {
        if (isInteractive && place.IsFirst)
        {
            Console.Out.WriteLine(Prompts[place.Section]);
        }

        return await Console.In.ReadLineAsync(cancellation);
    }
}
