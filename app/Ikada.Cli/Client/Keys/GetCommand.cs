using System.CommandLine;
using Ikada.Cli.Client.Printing;

namespace Ikada.Cli.Client;

internal static class GetCommand
{
    public static Command Create()
    {
        var arguments = new GetArguments();
        var valueOnly = new Option<bool>("--print-value-only") { Description = "Without the keys." };
        return ClientCommand.Create(
            "get",
            "Read a key or a range of keys.",
            [.. arguments.Symbols, valueOnly],
            async call =>
            {
                var request = arguments.Request(call.Parsed);
                var answer = await call.Cluster.ReadAsync(
                    $"get {arguments.Key(call.Parsed)}",
                    (connection, options) => connection.KeyValues.RangeAsync(request, options),
                    call.Cancellation);
                call.Printer.Get(answer, new GetParts(request.CountOnly, call.Parsed.GetValue(valueOnly)));
                return 0;
            });
    }
}
