using System.CommandLine;

namespace Ikada.Cli.Client;

internal static class DelCommand
{
    public static Command Create()
    {
        var arguments = new DelArguments();
        return ClientCommand.Create(
            "del",
            "Delete a key or a range of keys.",
            arguments.Symbols,
            async call =>
            {
                var request = arguments.Request(call.Parsed);
                call.Printer.Delete(await call.Cluster.WriteAsync(
                    $"del {arguments.Key(call.Parsed)}",
                    (connection, options) => connection.KeyValues.DeleteRangeAsync(request, options),
                    call.Cancellation));
                return 0;
            });
    }
}
