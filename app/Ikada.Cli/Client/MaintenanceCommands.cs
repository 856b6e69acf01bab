using System.CommandLine;
using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Ikada.Api.Etcd;
using static Ikada.Api.Etcd.AlarmRequest.Types;

namespace Ikada.Cli.Client;

/// <summary>The verbs by which an operator looks after a cluster; they print what etcdctl prints.</summary>
internal static class MaintenanceCommands
{
    public static IEnumerable<Command> Create() => [Alarm(), Compaction(), Defrag(), MoveLeader()];

    private static Command Alarm() => new("alarm", "List the alarms of the cluster, or end them.")
    {
        Alarms("list", "Show the alarms in force.", (cluster, cancellation) => AlarmsAsync(
            cluster, new AlarmRequest { Action = AlarmAction.Get }, cancellation)),
        Alarms("disarm", "End all alarms: do so once their cause is gone.", DisarmAsync),
    };

    private static Command Alarms(
        string name,
        string description,
        Func<EtcdCluster, CancellationToken, Task<AlarmResponse>> ask)
    {
        var (form, endpoints, timeout) =
            (ClientOptions.Form(), ClientOptions.Endpoints(), ClientOptions.CommandTimeout());
        var command = new Command(name, description) { form, endpoints, timeout };
        command.SetAction(async (parsed, cancellation) =>
        {
            var written = ClientOptions.ReadForm(parsed, form);
            using var cluster = ClientOptions.Connect(parsed, endpoints, timeout);
            var answer = await ask(cluster, cancellation);
            using var output = Console.OpenStandardOutput();
            Write(output, answer, written);
            return 0;
        });
        return command;
    }

    private static async Task<AlarmResponse> DisarmAsync(EtcdCluster cluster, CancellationToken cancellation)
    {
        var listed = await AlarmsAsync(cluster, new AlarmRequest { Action = AlarmAction.Get }, cancellation);
        var ended = new AlarmResponse { Header = listed.Header };
        foreach (var alarm in listed.Alarms)
        {
            var request = new AlarmRequest
            {
                Action = AlarmAction.Deactivate, MemberID = alarm.MemberID, Alarm = alarm.Alarm,
            };
            ended.Alarms.AddRange((await AlarmsAsync(cluster, request, cancellation)).Alarms);
        }

        return ended;
    }

    private static Task<AlarmResponse> AlarmsAsync(
        EtcdCluster cluster, AlarmRequest request, CancellationToken cancellation) => cluster.ReadAsync(
            "alarm",
            (connection, options) => connection.Maintenance.AlarmAsync(request, options),
            cancellation);

    private static void Write(Stream output, AlarmResponse answer, string form)
    {
        switch (form)
        {
            case "json":
                Output.Json(output, answer.Header, json =>
                {
                    if (answer.Alarms.Count == 0)
                    {
                        return;
                    }

                    json.WriteStartArray("alarms");
                    foreach (var alarm in answer.Alarms)
                    {
                        json.WriteStartObject();
                        Output.Number(json, "memberID", alarm.MemberID);
                        Output.Number(json, "alarm", (ulong)alarm.Alarm);
                        json.WriteEndObject();
                    }

                    json.WriteEndArray();
                });
                break;
            case "fields":
                Output.Fields(output, answer.Header);
                foreach (var alarm in answer.Alarms)
                {
                    Output.Field(output, "MemberID", alarm.MemberID);
                    Output.Field(output, "AlarmType", Name(alarm));
                    Line(output, "");
                }

                break;
            default:
                foreach (var alarm in answer.Alarms)
                {
                    Line(output, $"memberID:{alarm.MemberID} alarm:{Name(alarm)} ");
                }

                break;
        }
    }

    private static Command Compaction()
    {
        var revision = new Argument<long>("revision") { Description = "The lowest that can still be read." };
        var physical = new Option<bool>("--physical") { Description = "Wait for the removal." };
        var (endpoints, timeout) = (ClientOptions.Endpoints(), ClientOptions.CommandTimeout());
        var command = new Command("compaction", "Forget what the keys held before a revision.")
        {
            revision, physical, endpoints, timeout,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var cluster = ClientOptions.Connect(parsed, endpoints, timeout);
            var request = new CompactionRequest
            {
                Revision = parsed.GetValue(revision), Physical = parsed.GetValue(physical),
            };
            await cluster.WriteAsync(
                "compaction",
                (connection, options) => connection.KeyValues.CompactAsync(request, options),
                cancellation);
            Console.Out.WriteLine($"compacted revision {request.Revision}");
            return 0;
        });
        return command;
    }

    private static Command Defrag()
    {
        var (endpoints, timeout) = (ClientOptions.Endpoints(), ClientOptions.CommandTimeout());
        var command = new Command("defrag", "Give back unused space on each server; here it is never lost.")
        {
            endpoints, timeout,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var cluster = ClientOptions.Connect(parsed, endpoints, timeout);
            var failed = false;
            foreach (var connection in cluster.Connections)
            {
                try
                {
                    await connection.Maintenance.DefragmentAsync(
                        new DefragmentRequest(), Until(ClientOptions.Timeout(parsed, timeout), cancellation));
                    Console.Out.WriteLine(
                        $"Finished defragmenting etcd member[{connection.Endpoint.Text}]");
                }
                catch (RpcException error)
                {
                    failed = true;
                    await Console.Error.WriteLineAsync(
                        $"ikada: error: {connection.Endpoint.Text}: {EtcdConnection.Describe(error)}");
                }
            }

            return failed ? CliException.Failure : 0;
        });
        return command;
    }

    private static Command MoveLeader()
    {
        var target = new Argument<string>("member") { Description = "The id of the next leader, in hex." };
        var (endpoints, timeout) = (ClientOptions.Endpoints(), ClientOptions.CommandTimeout());
        var command = new Command("move-leader", "Hand leadership to another member.")
        {
            target, endpoints, timeout,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (!ulong.TryParse(
                parsed.GetValue(target), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var id))
            {
                throw CliException.BadUsage(
                    $"member: '{parsed.GetValue(target)}' is no id in hex; 'ikada status' lists them");
            }

            using var cluster = ClientOptions.Connect(parsed, endpoints, timeout);
            var limit = ClientOptions.Timeout(parsed, timeout);
            foreach (var connection in cluster.Connections)
            {
                var (_, status, _) = await StatusCommand.AskAsync(connection, limit, cancellation);
                if (status is not null && status.Leader == status.Header.MemberId)
                {
                    await MoveAsync(connection, status.Leader, id, Until(limit, cancellation));
                    return 0;
                }
            }

            throw new CliException("move-leader: none of --endpoints leads; name the leader among them");
        });
        return command;
    }

    private static async Task MoveAsync(
        EtcdConnection connection, ulong leader, ulong target, CallOptions limit)
    {
        try
        {
            await connection.Maintenance.MoveLeaderAsync(new MoveLeaderRequest { TargetID = target }, limit);
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"Leadership transferred from {leader:x} to {target:x}"));
        }
        catch (RpcException error)
        {
            throw new CliException($"move-leader: {EtcdConnection.Describe(error)}");
        }
    }

    private static CallOptions Until(TimeSpan timeout, CancellationToken cancellation) =>
        new(deadline: DateTime.UtcNow + timeout, cancellationToken: cancellation);

    private static string Name(AlarmMember alarm) => alarm.Alarm.ToString().ToUpperInvariant();

    private static void Line(Stream output, string text) =>
        Output.Line(output, ByteString.CopyFromUtf8(text));
}
