using System.CommandLine;
using System.Globalization;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.Cli.Client.Printing;
using Spectre.Console;

namespace Ikada.Cli.Client;

/// <summary>Asks each server what it says of itself.</summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        var connecting = new DialOptions();
        var command = new Command("status", "Show how each server stands.");
        connecting.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var cluster = connecting.Connect(parsed);
            var answers = await Task.WhenAll(cluster.Connections.Select(
                connection => AskAsync(connection, cluster.CommandTimeout, cancellation)));
            var console = AnsiConsole.Console;
            if (Console.IsOutputRedirected)
            {
                // Enough for any row: nothing is wrapped or cut where a program reads.
                console.Profile.Width = 300;
            }

            console.Write(Table(answers));
            return answers.All(answer => answer.Status is not null) ? 0 : CliException.Failure;
        });
        return command;
    }

    public static async Task<(string Endpoint, StatusResponse? Status, string Error)> AskAsync(
        EtcdConnection connection, TimeSpan timeout, CancellationToken cancellation)
    {
        try
        {
            var options =
                new CallOptions(deadline: DateTime.UtcNow + timeout, cancellationToken: cancellation);
            var status = await connection.Maintenance.StatusAsync(new StatusRequest(), options);
            return (connection.Endpoint.Text, status, string.Join("; ", status.Errors));
        }
        catch (RpcException error)
        {
            return (connection.Endpoint.Text, null, EtcdConnection.Describe(error));
        }
    }

    private static Table Table(IEnumerable<(string Endpoint, StatusResponse? Status, string Error)> answers)
    {
        var table = new Table().Border(TableBorder.Ascii).AddColumns(
            "endpoint", "id", "version", "role", "leader", "term", "index", "applied", "db size", "errors");
        foreach (var (endpoint, status, error) in answers)
        {
            var cells = status is null
                ? [endpoint, "", "", "unreachable", "", "", "", "", "", error]
                : (string[])
                [
                    endpoint, Hex(status.Header.MemberId), status.Version, Role(status), Hex(status.Leader),
                    Text(status.RaftTerm), Text(status.RaftIndex), Text(status.RaftAppliedIndex),
                    Sizes.Text(status.DbSize), error,
                ];
            table.AddRow(cells.Select(Markup.Escape).ToArray());
        }

        return table;
    }

    private static string Role(StatusResponse status) =>
        status.IsLearner ? "learner" : status.Leader == status.Header.MemberId ? "leader"
        : status.Leader == 0 ? "no leader" : "follower";

    private static string Hex(ulong id) => id == 0 ? "" : id.ToString("x", CultureInfo.InvariantCulture);

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}
