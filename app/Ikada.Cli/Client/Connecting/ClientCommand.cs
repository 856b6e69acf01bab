using System.CommandLine;
using Ikada.Cli.Client.Printing;

namespace Ikada.Cli.Client;

/// <summary>Makes the commands that talk to servers: each has the options of a connection and of the form in
/// which answers are written.</summary>
internal static class ClientCommand
{
    public static Command Create(
        string name, string description, Symbol[] symbols, Func<ClientCall, Task<int>> run)
    {
        var connecting = new DialOptions();
        var form = ClientOptions.Form();
        var hex = new Option<bool>("--hex") { Description = "simple: keys and values as \\x61\\x62." };
        var command = new Command(name, description);
        AddAll(command, symbols);
        command.Add(form);
        command.Add(hex);
        connecting.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var output = new BufferedStream(Console.OpenStandardOutput());
            try
            {
                var printer = Printer.Of(ClientOptions.Setting(parsed, form), output, parsed.GetValue(hex));
                using var cluster = connecting.Connect(parsed);
                return await run(new ClientCall(parsed, cluster, printer, cancellation));
            }
            finally
            {
                // What was answered is told, also where something failed afterwards.
                await output.FlushAsync(CancellationToken.None);
            }
        });
        return command;
    }

    public static void AddAll(Command command, IEnumerable<Symbol> symbols)
    {
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument)
            {
                command.Add(argument);
            }
            else
            {
                command.Add((Option)symbol);
            }
        }
    }
}

/// <summary>One call of such a command.</summary>
/// <param name="Parsed">Its command line.</param>
/// <param name="Cluster">The servers.</param>
/// <param name="Printer">Where answers go.</param>
/// <param name="Cancellation">Ctrl-C.</param>
internal sealed record ClientCall(
    ParseResult Parsed, EtcdCluster Cluster, Printer Printer, CancellationToken Cancellation);
