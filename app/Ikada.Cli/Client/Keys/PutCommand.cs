using System.CommandLine;
using Google.Protobuf;

namespace Ikada.Cli.Client;

internal static class PutCommand
{
    public static Command Create()
    {
        var arguments = new PutArguments();
        return ClientCommand.Create(
            "put",
            "Store a value under a key.",
            arguments.Symbols,
            async call =>
            {
                var request = await arguments.RequestAsync(
                    call.Parsed, () => StandardInputAsync(call.Cancellation));
                call.Printer.Put(await call.Cluster.WriteAsync(
                    $"put {arguments.Key(call.Parsed)}",
                    (connection, options) => connection.KeyValues.PutAsync(request, options),
                    call.Cancellation));
                return 0;
            });
    }

    private static async Task<ByteString> StandardInputAsync(CancellationToken cancellation)
    {
        using var input = Console.OpenStandardInput();
        return await ByteString.FromStreamAsync(input, cancellation);
    }
}
