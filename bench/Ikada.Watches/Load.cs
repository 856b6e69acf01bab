using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Ikada.Api.Etcd;

namespace Ikada.Watches;

/// <summary>Puts from some clients at once, each waiting for its answer.</summary>
internal sealed class Load(ServerProcess server) : IDisposable
{
    private const int Clients = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly ByteString Value = ByteString.CopyFrom(new byte[100]);

    private readonly GrpcChannel _channel = GrpcChannel.ForAddress($"http://{server.Address}");
    private long _next;

    /// <summary>Waits until the server takes a put.</summary>
    public async Task ReadyAsync()
    {
        for (var watch = Stopwatch.StartNew(); ;)
        {
            try
            {
                await PutAsync("ready");
                return;
            }
            catch (RpcException failure) when (watch.Elapsed < Patience)
            {
                await Task.Delay(failure.StatusCode == StatusCode.Unavailable ? 100 : 200);
            }
        }
    }

    /// <summary>Puts each key in turn for so long; milliseconds of each put, in ascending order.</summary>
    public async Task<double[]> PutForAsync(TimeSpan time, Func<long, string> key)
    {
        var watch = Stopwatch.StartNew();
        var times = await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            var own = new List<double>();
            while (watch.Elapsed < time)
            {
                var started = Stopwatch.GetTimestamp();
                await PutAsync(key(Interlocked.Increment(ref _next)));
                own.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }

            return own;
        }));
        return [.. times.SelectMany(own => own).Order()];
    }

    /// <summary>Puts one key so many times.</summary>
    public async Task PutManyAsync(int count, string key)
    {
        var left = count;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                await PutAsync(key);
            }
        }));
    }

    public void Dispose() => _channel.Dispose();

    private async Task PutAsync(string key) => await new KV.KVClient(_channel).PutAsync(
        new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = Value });
}
