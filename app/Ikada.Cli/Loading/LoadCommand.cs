using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Ikada.Cli.Client;

namespace Ikada.Cli.Loading;

/// <summary>
/// The hidden verb <c>load</c>: writes the records of a file, one per line, and reads every acknowledged
/// one back from every server. For trying a cluster with real input while its nodes are killed.
/// </summary>
internal static class LoadCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file")
        {
            Description = "Records, one per line, the key before the first ';'.",
        };
        var prefix = new Option<string>("--prefix")
        {
            Description = "What to put before each key.",
            HelpName = "TEXT",
            DefaultValueFactory = _ => "load/",
        };
        var every = new Option<int>("--every")
        {
            Description = "Take only every Nth record.",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        var clients = new Option<int>("--clients")
        {
            Description = "How many records are under way at once.",
            HelpName = "N",
            DefaultValueFactory = _ => 32,
        };
        var endpoints = ClientOptions.Endpoints();
        var command = new Command("load", "Write the records of a file and read them back from every server.")
        {
            file, prefix, every, clients, endpoints,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            Records.Read(
                parsed.GetValue(file)!,
                parsed.GetValue(prefix)!,
                Positive(every.Name, parsed.GetValue(every))),
            Endpoint.FromOptionOrEnvironment(parsed.GetValue(endpoints)),
            parsed.GetValue(prefix)!,
            Positive(clients.Name, parsed.GetValue(clients)),
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        IReadOnlyList<Record> records,
        IReadOnlyList<Endpoint> endpoints,
        string prefix,
        int clients,
        CancellationToken cancellation)
    {
        var servers = endpoints.Select(endpoint => new EtcdConnection(endpoint)).ToList();
        try
        {
            var started = Stopwatch.GetTimestamp();
            var loader = new Loader(servers, records);
            await loader.RunAsync(clients, cancellation);
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"acknowledged {loader.Acknowledged} of {records.Count} records in "
                + $"{Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s, "
                + $"{loader.Repeated} writes repeated"));
            var wrong = await loader.CompareAsync(prefix, Console.Out, cancellation);
            return wrong == 0
                ? 0
                : throw new CliException($"load: {wrong} records are missing or differ");
        }
        finally
        {
            servers.ForEach(server => server.Dispose());
        }
    }

    private static int Positive(string option, int value) =>
        value > 0 ? value : throw CliException.BadUsage($"{option}: '{value}' is not above 0");
}
