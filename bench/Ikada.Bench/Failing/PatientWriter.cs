using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Ikada.Api.Etcd;
using Ikada.Bench.Clusters;

namespace Ikada.Bench.Failing;

/// <summary>One writer: each attempt may take 100 ms, then the next server is asked at once.</summary>
internal sealed class PatientWriter : IAsyncDisposable
{
    private static readonly TimeSpan Attempt = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(5);
    private readonly List<GrpcChannel> _channels;
    private readonly List<long> _acknowledged = [];
    private readonly Task _writing;
    private volatile bool _isStopping;

    public PatientWriter(ServerCluster cluster)
    {
        _channels = [.. cluster.Servers.Select(server => GrpcChannel.ForAddress(server.ClientUrl))];
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>The longest time without an acknowledged write that began or ended after a moment.</summary>
    /// <param name="moment">A timestamp.</param>
    public TimeSpan LongestGapSince(long moment)
    {
        lock (_acknowledged)
        {
            var longest = TimeSpan.Zero;
            for (var i = 1; i < _acknowledged.Count; i++)
            {
                if (_acknowledged[i] >= moment)
                {
                    var gap = Stopwatch.GetElapsedTime(_acknowledged[i - 1], _acknowledged[i]);
                    longest = gap > longest ? gap : longest;
                }
            }

            return longest;
        }
    }

    /// <summary>Waits until so many writes were acknowledged after a moment.</summary>
    public async Task WritesAsync(int count, long moment, TimeSpan patience)
    {
        for (var watch = Stopwatch.StartNew(); CountSince(moment) < count; await Task.Delay(Poll))
        {
            if (watch.Elapsed > patience)
            {
                throw new BenchException($"no {count} writes within {patience.TotalSeconds} s");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _isStopping = true;
        await _writing;
        _channels.ForEach(channel => channel.Dispose());
    }

    private int CountSince(long moment)
    {
        lock (_acknowledged)
        {
            var index = _acknowledged.BinarySearch(moment);
            return _acknowledged.Count - (index < 0 ? ~index : index);
        }
    }

    private async Task WriteAsync()
    {
        var request = new PutRequest
        {
            Key = ByteString.CopyFromUtf8("writer"), Value = ByteString.CopyFrom(new byte[256]),
        };
        for (var at = 0; !_isStopping;)
        {
            try
            {
                var channel = _channels[at % _channels.Count];
                await new KV.KVClient(channel).PutAsync(request, deadline: DateTime.UtcNow + Attempt);
                lock (_acknowledged)
                {
                    _acknowledged.Add(Stopwatch.GetTimestamp());
                }
            }
            catch (RpcException)
            {
                // Whatever it was: the next server.
                at++;
                await Task.Delay(1);
            }
        }
    }
}
