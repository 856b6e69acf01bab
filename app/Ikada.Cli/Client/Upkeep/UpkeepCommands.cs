using System.CommandLine;
using System.Globalization;
using Grpc.Core;
using Ikada.Api.Etcd;

namespace Ikada.Cli.Client;

/// <summary>The verbs by which an operator looks after a cluster; they print what etcdctl prints.</summary>
internal static class UpkeepCommands
{
    public static IEnumerable<Command> Create() =>
        [AlarmCommand.Create(), Compaction(), Defrag(), MoveLeader()];

    private static Command Compaction()
    {
        var revision = new Argument<long>("revision") { Description = "The lowest that can still be read." };
        var physical = new Option<bool>("--physical") { Description = "Wait for the removal." };
        return ClientCommand.Create(
            "compaction", "Forget what the keys held before a revision.", [revision, physical], async call =>
            {
                var request = new CompactionRequest
                {
                    Revision = call.Parsed.GetValue(revision), Physical = call.Parsed.GetValue(physical),
                };
                await call.Cluster.WriteAsync(
                    "compaction",
                    (connection, options) => connection.KeyValues.CompactAsync(request, options),
                    call.Cancellation);
                Console.Out.WriteLine($"compacted revision {request.Revision}");
                return 0;
            });
    }

    private static Command Defrag()
    {
        var all = new Option<bool>("--cluster") { Description = "All members, not --endpoints alone." };
        return ClientCommand.Create(
            "defrag", "Give back the space of what was deleted, on each server.", [all], async call =>
            {
                if (!call.Parsed.GetValue(all))
                {
                    return await DefragAsync(call.Cluster, call.Cancellation);
                }

                using var cluster = await call.Cluster.OfAllMembersAsync(call.Cancellation);
                return await DefragAsync(cluster, call.Cancellation);
            });
    }

    private static async Task<int> DefragAsync(EtcdCluster cluster, CancellationToken cancellation)
    {
        var failed = false;
        foreach (var connection in cluster.Connections)
        {
            try
            {
                await connection.Maintenance.DefragmentAsync(
                    new DefragmentRequest(), cluster.Limit(cancellation));
                Console.Out.WriteLine($"Finished defragmenting etcd member[{connection.Endpoint.Text}]");
            }
            catch (RpcException error)
            {
                failed = true;
                await Console.Error.WriteLineAsync(
                    $"ikada: error: {connection.Endpoint.Text}: {EtcdConnection.Describe(error)}");
            }
        }

        return failed ? CliException.Failure : 0;
    }

    private static Command MoveLeader()
    {
        var target = new Argument<string>("member") { Description = "The id of the next leader, in hex." };
        return ClientCommand.Create(
            "move-leader", "Hand leadership to another member.", [target], async call =>
            {
                var id = ClientOptions.MemberId(call.Parsed.GetValue(target)!);
                foreach (var connection in call.Cluster.Connections)
                {
                    var (_, status, _) = await StatusCommand.AskAsync(
                        connection, call.Cluster.CommandTimeout, call.Cancellation);
                    if (status is not null && status.Leader == status.Header.MemberId)
                    {
                        await MoveAsync(
                            connection, status.Leader, id, call.Cluster.Limit(call.Cancellation));
                        return 0;
                    }
                }

                throw new CliException("move-leader: none of --endpoints leads; name the leader among them");
            });
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
}
