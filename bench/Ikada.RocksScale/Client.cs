using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using Ikada.Api.Etcd;

namespace Ikada.RocksScale;

/// <summary>Writes by etcd's API: transactions of many puts for what is to be there, single puts for what is
/// measured one by one.</summary>
internal sealed class Client : IDisposable
{
    private const int PutsInTransaction = 100;
    private const int Channels = 4;
    private const int UnderWay = 24;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly GrpcChannel[] _channels;
    private readonly Keys _keys;

    public Client(string url, Keys keys)
    {
        _keys = keys;
        _channels = [.. Enumerable.Range(0, Channels).Select(_ => GrpcChannel.ForAddress(url))];
    }

    /// <summary>Waits until a read through the majority is answered; the server's revision.</summary>
    public async Task<long> ReadyAsync()
    {
        for (var watch = Stopwatch.StartNew(); ;)
        {
            try
            {
                return (await Of(0).RangeAsync(new RangeRequest { Key = _keys.Key(0) })).Header.Revision;
            }
            catch (RpcException) when (watch.Elapsed < Patience)
            {
                await Task.Delay(20);
            }
        }
    }

    /// <summary>Writes keys number <paramref name="from"/> to <paramref name="to"/>; seconds.</summary>
    public Task<double> LoadAsync(long from, long to)
    {
        var next = from - PutsInTransaction;
        return TimeAsync(UnderWay, async worker =>
        {
            while (Interlocked.Add(ref next, PutsInTransaction) is var first && first < to)
            {
                await TransactAsync(worker, first, Math.Min(to, first + PutsInTransaction), at => at);
            }
        });
    }

    /// <summary>Overwrites keys of the first <paramref name="among"/>, for so long; keys a second.</summary>
    public async Task<double> OverwriteAsync(long among, TimeSpan time)
    {
        var (written, round) = (0L, 0L);
        var watch = Stopwatch.StartNew();
        var seconds = await TimeAsync(UnderWay, async worker =>
        {
            while (watch.Elapsed < time)
            {
                var first = Interlocked.Increment(ref round) * PutsInTransaction;
                await TransactAsync(worker, first, first + PutsInTransaction, at => (at * 7919) % among);
                Interlocked.Add(ref written, PutsInTransaction);
            }
        });
        return written / seconds;
    }

    /// <summary>Overwrites one key after the other by some clients, for so long or until
    /// <paramref name="isOver"/>; milliseconds of each put, in ascending order.</summary>
    public async Task<double[]> PutAsync(long among, TimeSpan time, Func<bool> isOver)
    {
        var all = new List<double>();
        var round = Stopwatch.GetTimestamp();
        var watch = Stopwatch.StartNew();
        await TimeAsync(8, async worker =>
        {
            var own = new List<double>();
            while (watch.Elapsed < time && !isOver())
            {
                var at = Interlocked.Increment(ref round) * 7919 % among;
                var started = Stopwatch.GetTimestamp();
                await Of(worker).PutAsync(new PutRequest { Key = _keys.Key(at), Value = _keys.Value(at) });
                own.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }

            lock (all)
            {
                all.AddRange(own);
            }
        });
        return [.. all.Order()];
    }

    /// <summary>Compacts, and waits until the old versions are gone.</summary>
    public async Task CompactAsync(long revision) =>
        await Of(0).CompactAsync(new CompactionRequest { Revision = revision, Physical = true });

    /// <summary>How many keys there are.</summary>
    public async Task<long> CountAsync() => (await Of(0).RangeAsync(new RangeRequest
    {
        Key = Google.Protobuf.ByteString.CopyFromUtf8("key/"),
        RangeEnd = Google.Protobuf.ByteString.CopyFromUtf8("key0"),
        CountOnly = true,
    })).Count;

    /// <summary>Reads a key.</summary>
    public async Task<bool> HoldsAsync(long at)
    {
        var response = await Of(0).RangeAsync(new RangeRequest { Key = _keys.Key(at) });
        return response.Kvs.Count == 1 && response.Kvs[0].Value.Length == _keys.Value(at).Length;
    }

    public void Dispose() => Array.ForEach(_channels, channel => channel.Dispose());

    private static async Task<double> TimeAsync(int workers, Func<int, Task> work)
    {
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Task.Run(() => work(worker))));
        return watch.Elapsed.TotalSeconds;
    }

    private KV.KVClient Of(int worker) => new(_channels[worker % Channels]);

    private async Task TransactAsync(int worker, long from, long to, Func<long, long> number)
    {
        var transaction = new TxnRequest();
        // A transaction refuses a key twice.
        var seen = new HashSet<long>();
        for (var at = from; at < to; at++)
        {
            if (seen.Add(number(at)))
            {
                transaction.Success.Add(new RequestOp
                {
                    RequestPut = new PutRequest { Key = _keys.Key(number(at)), Value = _keys.Value(at) },
                });
            }
        }

        for (var watch = Stopwatch.StartNew(); ;)
        {
            try
            {
                await Of(worker).TxnAsync(transaction);
                return;
            }
            catch (RpcException busy) when (busy.StatusCode is StatusCode.ResourceExhausted
                or StatusCode.Unavailable && watch.Elapsed < Patience)
            {
                // It asks for patience, or another outcome is not known: the same puts again do no harm.
                await Task.Delay(20);
            }
        }
    }
}
