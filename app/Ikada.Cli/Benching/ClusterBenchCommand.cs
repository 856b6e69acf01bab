using System.CommandLine;
using Google.Protobuf;
using Ikada.Api.Etcd;
using Ikada.Cli.Client;

namespace Ikada.Cli.Benching;

/// <summary>The verb <c>bench</c>: a short load on a user's own cluster, or on etcd.</summary>
internal static class ClusterBenchCommand
{
    private const int KeysAtOnce = 2000;
    private static readonly string[] Usual = ["put", "get", "get-serializable", "mixed"];

    public static Command Create()
    {
        var connecting = new DialOptions();
        var seconds = Number("--seconds", "S", "How long each row is measured, 0.1 to 3600", 5.0);
        var clients = Number("--clients", "N", "Operations under way at once, 1 to 10000", 64);
        var bytes = Number("--value-bytes", "N", "Bytes of each value, 1 to 1048576", 256);
        var keys = Number("--keys", "N", "Keys that are written first, 100 to 10000000", 10_000);
        var rate = new Option<double?>("--rate")
        {
            Description = "An open loop of so many operations a second (default: each client begins one as "
                + "its last is answered).",
            HelpName = "N",
        };
        var workloads = new Option<string>("--workloads")
        {
            Description = $"With commas between: {string.Join(", ", BenchArguments.Words)} "
                + $"(default {string.Join(',', Usual)}).",
            HelpName = "LIST",
            DefaultValueFactory = _ => string.Join(',', Usual),
        };
        workloads.CompletionSources.Add([.. BenchArguments.Words]);
        var command = new Command(
            "bench", "Measure a cluster, or etcd, under a short load of keys of its own.")
        {
            seconds, clients, bytes, keys, rate, workloads,
        };
        connecting.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var words = parsed.GetValue(workloads)!.Split(',', StringSplitOptions.TrimEntries);
            var arguments = new BenchArguments(
                parsed.GetValue(seconds), parsed.GetValue(clients), parsed.GetValue(bytes),
                parsed.GetValue(keys), parsed.GetValue(rate), words).Checked();
            using var cluster = connecting.Connect(parsed);
            await RunAsync(cluster, arguments, cancellation);
            return 0;
        });
        return command;
    }

    private static async Task RunAsync(
        EtcdCluster cluster, BenchArguments arguments, CancellationToken cancellation)
    {
        // Also what an earlier run has left that was ended in its middle.
        await DeleteAsync(cluster, CancellationToken.None);
        try
        {
            var run = new BenchRun(cluster, arguments, cancellation);
            await Task.Run(run.Run, CancellationToken.None);
        }
        finally
        {
            await DeleteAsync(cluster, CancellationToken.None);
        }
    }

    // In pieces: to delete all of them at once could take longer than a server may take to answer. As of one
    // revision, each from where the last one ended: so a server passes over no key twice.
    private static async Task DeleteAsync(EtcdCluster cluster, CancellationToken cancellation)
    {
        var prefix = ByteString.CopyFromUtf8(BenchArguments.Prefix);
        var behind = prefix.ToByteArray();
        behind[^1]++;
        var request = new RangeRequest
        {
            Key = prefix, RangeEnd = ByteString.CopyFrom(behind), KeysOnly = true, Limit = KeysAtOnce,
        };
        for (var more = true; more;)
        {
            var found = await cluster.ReadAsync(
                "bench: find its keys",
                (connection, options) => connection.KeyValues.RangeAsync(request, options), cancellation);
            if (found.Kvs.Count == 0)
            {
                return;
            }

            var piece = new DeleteRangeRequest
            {
                Key = request.Key, RangeEnd = ByteString.CopyFrom([.. found.Kvs[^1].Key.Span, 0]),
            };
            await cluster.WriteAsync(
                "bench: delete its keys",
                (connection, options) => connection.KeyValues.DeleteRangeAsync(piece, options), cancellation);
            request.Key = piece.RangeEnd;
            request.Revision = request.Revision > 0 ? request.Revision : found.Header.Revision;
            more = found.More;
        }
    }

    private static Option<T> Number<T>(string name, string what, string description, T otherwise) => new(name)
    {
        Description = FormattableString.Invariant($"{description} (default {otherwise})."),
        HelpName = what,
        DefaultValueFactory = _ => otherwise,
    };
}
