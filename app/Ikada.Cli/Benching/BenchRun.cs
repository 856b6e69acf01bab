using System.Globalization;
using System.Net.Security;
using Ikada.Cli.Client;
using Ikada.Load.Http2;
using Ikada.Load.Running;
using Ikada.Load.Workloads;
using Spectre.Console;

namespace Ikada.Cli.Benching;

/// <summary>Writes the keys, then measures row by row.</summary>
internal sealed class BenchRun(EtcdCluster cluster, BenchArguments arguments, CancellationToken cancellation)
{
    private const int FillClientsMax = 256;
    private static readonly TimeSpan FillPatience = TimeSpan.FromMinutes(10);
    private const double WarmUpSecondsMax = 1;

    private readonly List<GrpcTarget> _targets = [.. cluster.Connections.Select(connection => new GrpcTarget(
        connection.Endpoint.Address.Host.Trim('[', ']'), connection.Endpoint.Address.Port,
        Tls(cluster.Dial, connection.Endpoint.Address)))];

    public void Run()
    {
        try
        {
            Tell($"writing {arguments.Keys} keys");
            var fill = EtcdWorkloads.Fill(arguments.Space, arguments.ValueBytes);
            var filling = Plan(fill, Math.Min(arguments.Clients, FillClientsMax), rate: null);
            Expect("put", LoadRun.Count(filling, arguments.Keys, FillPatience));
            var table = new Table().Border(TableBorder.Ascii).AddColumns(
                "workload", "clients", "ops/s", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms",
                "client CPU us");
            foreach (var word in arguments.Workloads)
            {
                cancellation.ThrowIfCancellationRequested();
                var workload = arguments.Workload(word);
                Tell($"{workload.Name}, {arguments.Seconds} s");
                var result = LoadRun.Measure(
                    Plan(workload, arguments.Clients, arguments.Rate),
                    TimeSpan.FromSeconds(Math.Min(WarmUpSecondsMax, arguments.Seconds)),
                    TimeSpan.FromSeconds(arguments.Seconds));
                Expect(word, result);
                table.AddRow(Row(workload.Name, result));
            }

            var console = AnsiConsole.Console;
            if (Console.IsOutputRedirected)
            {
                // Enough for any row: nothing is wrapped or cut where a program reads.
                console.Profile.Width = 300;
            }

            console.Write(table);
        }
        catch (GrpcConnectionException failure)
        {
            throw new CliException($"bench: {failure.Message}");
        }
    }

    private LoadPlan Plan(Workload workload, int clients, double? rate) => new(_targets, workload, clients)
    {
        RatePerSecond = rate, DialTimeout = cluster.Dial.Timeout,
    };

    private string[] Row(string name, LoadResult result) =>
    [
        name, $"{arguments.Clients}", Text(result.PerSecond, "F0"),
        .. ((double[])[0.5, 0.9, 0.99, 0.999])
            .Select(share => Text(result.Latencies.Percentile(share) / 1e6, "F2")),
        Text(result.Latencies.MaxNanoseconds / 1e6, "F2"), Text(result.ClientMicroseconds, "F1"),
    ];

    private static void Expect(string what, LoadResult result)
    {
        if (result.Errors > 0)
        {
            throw new CliException(
                $"bench: {what}: {result.Errors} operations failed, {result.Operations} did not; the first: "
                + result.FirstError);
        }
    }

    private static SslClientAuthenticationOptions? Tls(DialSettings dial, Uri address)
    {
        if (address.Scheme != Uri.UriSchemeHttps)
        {
            return null;
        }

        var options = new SslClientAuthenticationOptions
        {
            TargetHost = address.Host, ApplicationProtocols = [SslApplicationProtocol.Http2],
        };
        dial.Tls?.Apply(options);
        return options;
    }

    private static void Tell(string line) => Console.Error.WriteLine($"bench: {line}");

    private static string Text(double number, string form) =>
        number.ToString(form, CultureInfo.InvariantCulture);
}
