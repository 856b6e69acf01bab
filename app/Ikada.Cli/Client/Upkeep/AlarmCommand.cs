using System.CommandLine;
using Ikada.Api.Etcd;
using static Ikada.Api.Etcd.AlarmRequest.Types;

namespace Ikada.Cli.Client;

/// <summary><c>ikada alarm</c>.</summary>
internal static class AlarmCommand
{
    public static Command Create() => new("alarm", "List the alarms of the cluster, or end them.")
    {
        ClientCommand.Create("list", "Show the alarms in force.", [], async call =>
        {
            call.Printer.Alarms(await AskAsync(call, new AlarmRequest { Action = AlarmAction.Get }));
            return 0;
        }),
        ClientCommand.Create("disarm", "End all alarms: do so once their cause is gone.", [], async call =>
        {
            call.Printer.Alarms(await DisarmAsync(call));
            return 0;
        }),
    };

    private static async Task<AlarmResponse> DisarmAsync(ClientCall call)
    {
        var listed = await AskAsync(call, new AlarmRequest { Action = AlarmAction.Get });
        var ended = new AlarmResponse { Header = listed.Header };
        foreach (var alarm in listed.Alarms)
        {
            var request = new AlarmRequest
            {
                Action = AlarmAction.Deactivate, MemberID = alarm.MemberID, Alarm = alarm.Alarm,
            };
            ended.Alarms.AddRange((await AskAsync(call, request)).Alarms);
        }

        return ended;
    }

    private static Task<AlarmResponse> AskAsync(ClientCall call, AlarmRequest request) =>
        call.Cluster.ReadAsync(
            "alarm",
            (connection, options) => connection.Maintenance.AlarmAsync(request, options),
            call.Cancellation);
}
