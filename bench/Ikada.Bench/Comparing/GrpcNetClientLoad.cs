using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Ikada.Api.Etcd;
using Ikada.Load.Running;

namespace Ikada.Bench.Comparing;

/// <summary>Puts by the client library that most programs on .NET use: it takes a good part of the machine
/// itself.</summary>
internal static class GrpcNetClientLoad
{
    private const int Clients = 64;

    public static async Task<LoadResult> MeasureAsync(RowContext context)
    {
        using var channel = GrpcChannel.ForAddress($"http://{context.Leader.Authority}");
        var (measuring, stopping) = (false, false);
        var clients = Enumerable.Range(0, Clients).Select(number => Task.Run(() => RunAsync(
            new KV.KVClient(channel), context, number, () => Volatile.Read(ref measuring),
            () => Volatile.Read(ref stopping)))).ToList();
        await Task.Delay(context.WarmUp);
        context.AtWindow();
        var (watch, processor) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        Volatile.Write(ref measuring, true);
        await Task.Delay(context.Window);
        Volatile.Write(ref measuring, false);
        var (seconds, used) = (watch.Elapsed.TotalSeconds, Environment.CpuUsage.TotalTime - processor);
        context.AtWindow();
        Volatile.Write(ref stopping, true);
        var (latencies, errors, first) = (new LatencyHistogram(), 0L, (string?)null);
        foreach (var (own, failed, error) in await Task.WhenAll(clients))
        {
            latencies.Add(own);
            errors += failed;
            first ??= error;
        }

        return new LoadResult(seconds, latencies, errors, first, used.TotalSeconds, new LatencyHistogram());
    }

    private static async Task<(LatencyHistogram Latencies, long Errors, string? First)> RunAsync(
        KV.KVClient client, RowContext context, int number, Func<bool> isMeasuring, Func<bool> isStopping)
    {
        var random = new Random(number);
        var value = ByteString.CopyFrom(new byte[Row.ValueBytes]);
        var (latencies, errors, first) = (new LatencyHistogram(), 0L, (string?)null);
        while (!isStopping())
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                var key = ByteString.CopyFrom(context.Keys.Key(random.Next(context.Keys.Count)));
                await client.PutAsync(
                    new PutRequest { Key = key, Value = value }, deadline: DateTime.UtcNow.AddSeconds(10));
                if (isMeasuring())
                {
                    latencies.Record((long)Stopwatch.GetElapsedTime(started).TotalNanoseconds);
                }
            }
            catch (RpcException failure)
            {
                errors++;
                first ??= failure.Status.Detail;
                // A server that is lost would be asked without a pause.
                await Task.Delay(10);
            }
        }

        return (latencies, errors, first);
    }
}
