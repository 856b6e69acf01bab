using System.CommandLine;
using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.Cli.Client.Printing;

namespace Ikada.Cli.Client;

/// <summary><c>ikada endpoint</c>: each server is asked for itself.</summary>
internal static class EndpointCommand
{
    public static Command Create() => new("endpoint", "What each server says of itself.")
    {
        Health(), Status(), HashKv(),
    };

    private static Command Health() => Create(
        "health", "Whether each server takes requests.", [], async (call, cluster) =>
        {
            var all = await Task.WhenAll(
                cluster.Connections.Select(connection => CheckAsync(cluster, connection, call.Cancellation)));
            call.Printer.Health(all);
            return all.All(one => one.Error.Length == 0) ? 0 : throw new CliException("unhealthy cluster");
        });

    private static Command Status() => Create(
        "status", "Version, size, role and indexes of each server.", [], async (call, cluster) =>
        {
            var (answers, failed) = await AskAllAsync(
                cluster,
                "get the status of",
                connection => connection.Maintenance.StatusAsync(
                    new StatusRequest(), cluster.Limit(call.Cancellation)));
            call.Printer.Statuses(answers);
            return failed ? CliException.Failure : 0;
        });

    private static Command HashKv()
    {
        var revision = new Option<long>("--rev")
        {
            Description = "Hash what the keys held at this revision (0: the latest of each server).",
            HelpName = "N",
        };
        return Create(
            "hashkv", "A hash of what each server holds: equal on all at one revision.", [revision],
            async (call, cluster) =>
            {
                var request = new HashKVRequest { Revision = call.Parsed.GetValue(revision) };
                var (answers, failed) = await AskAllAsync(
                    cluster,
                    "get the hash of",
                    connection => connection.Maintenance.HashKVAsync(
                        request, cluster.Limit(call.Cancellation)));
                call.Printer.Hashes(answers);
                return failed ? CliException.Failure : 0;
            });
    }

    private static Command Create(
        string name, string description, Symbol[] symbols, Func<ClientCall, EtcdCluster, Task<int>> run)
    {
        var all = new Option<bool>("--cluster") { Description = "Ask all members, not --endpoints alone." };
        return ClientCommand.Create(name, description, [.. symbols, all], async call =>
        {
            if (!call.Parsed.GetValue(all))
            {
                return await run(call, call.Cluster);
            }

            using var cluster = await call.Cluster.OfAllMembersAsync(call.Cancellation);
            return await run(call, cluster);
        });
    }

    // As etcdctl: a read that needs a majority, and no alarm.
    private static async Task<EndpointHealth> CheckAsync(
        EtcdCluster cluster, EtcdConnection connection, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var error = "";
        try
        {
            // Makes the connection, so that what is measured is the answer.
            await connection.Maintenance.StatusAsync(new StatusRequest(), cluster.Limit(cancellation));
            started = Stopwatch.GetTimestamp();
            await connection.KeyValues.RangeAsync(
                new RangeRequest { Key = ByteString.CopyFromUtf8("health") }, cluster.Limit(cancellation));
            var took = Stopwatch.GetElapsedTime(started);
            var alarms = await connection.Maintenance.AlarmAsync(
                new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Get },
                cluster.Limit(cancellation));
            if (alarms.Alarms.Count > 0)
            {
                var names = alarms.Alarms.Select(alarm => alarm.Alarm.ToString().ToUpperInvariant());
                error = $"Active Alarm(s): {string.Join(' ', names)}";
            }

            return new EndpointHealth(connection.Endpoint.Text, took, error);
        }
        catch (RpcException failure)
        {
            cancellation.ThrowIfCancellationRequested();
            error = EtcdConnection.Describe(failure);
            return new EndpointHealth(
                connection.Endpoint.Text, Stopwatch.GetElapsedTime(started), error);
        }
    }

    private static async Task<(List<(string Endpoint, T Answer)> Answers, bool Failed)> AskAllAsync<T>(
        EtcdCluster cluster, string what, Func<EtcdConnection, AsyncUnaryCall<T>> ask)
    {
        var answers = new List<(string Endpoint, T Answer)>();
        var failed = false;
        var calls = cluster.Connections.Select(connection => (connection, Answer: ask(connection))).ToList();
        foreach (var (connection, answer) in calls)
        {
            try
            {
                answers.Add((connection.Endpoint.Text, await answer));
            }
            catch (RpcException error)
            {
                failed = true;
                await Console.Error.WriteLineAsync(
                    $"Failed to {what} endpoint {connection.Endpoint.Text} "
                    + $"({EtcdConnection.Describe(error)})");
            }
        }

        return (answers, failed);
    }
}
