using System.Buffers.Binary;
using System.Diagnostics;
using Google.Protobuf;
using Ikada.Api.Etcd;
using Ikada.Load.Http2;
using Ikada.Load.Running;

namespace Ikada.Bench.Comparing;

/// <summary>Watchers that all see every put: how long after its intended moment each of them has the
/// event.</summary>
internal static class FanOut
{
    public const int Watchers = 100;
    private const int Connections = 4;
    private const double PutsPerSecond = 50;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task<LoadResult> MeasureAsync(RowContext context)
    {
        var groups = Enumerable.Range(0, Connections)
            .Select(_ => new WatchGroup(context.Leader, Watchers / Connections)).ToList();
        try
        {
            for (var watch = Stopwatch.StartNew(); groups.Sum(group => group.Created) < Watchers;)
            {
                await Task.Delay(1);
                if (watch.Elapsed > Patience)
                {
                    throw new BenchException("the watchers were not made in time");
                }
            }

            var isMeasuring = false;
            var put = new Workload("watched put", _ => new StampedPut());
            var puts = LoadRun.Measure(
                new LoadPlan([context.Leader], put, 8) { RatePerSecond = PutsPerSecond },
                context.WarmUp, context.Window, () =>
                {
                    isMeasuring = !isMeasuring;
                    groups.ForEach(group => group.IsMeasuring = isMeasuring);
                    context.AtWindow();
                });
            groups.ForEach(group => group.Close());
            var latencies = new LatencyHistogram();
            groups.ForEach(group => latencies.Add(group.Latencies));
            var failure = groups.FirstOrDefault(group => group.Failure is not null)?.Failure;
            return puts with
            {
                Latencies = latencies,
                Errors = puts.Errors + (failure is null ? 0 : 1),
                FirstError = puts.FirstError ?? failure,
            };
        }
        finally
        {
            groups.ForEach(group => group.Dispose());
        }
    }

    /// <summary>A put whose value is the moment that it was intended for.</summary>
    private sealed class StampedPut : LoadCall
    {
        protected override void Send()
        {
            var value = new byte[Row.ValueBytes];
            BinaryPrimitives.WriteInt64LittleEndian(value, Intended);
            var request = new PutRequest
            {
                Key = ByteString.CopyFromUtf8("watched"), Value = ByteString.CopyFrom(value),
            };
            Connection.Begin(GrpcMethod.Put, request.ToByteArray(), this);
        }
    }
}

/// <summary>Watchers on one connection.</summary>
internal sealed class WatchGroup : IDisposable
{
    private readonly GrpcConnection _connection;
    private readonly Thread _thread;
    private volatile bool _isMeasuring;
    private int _created;

    public WatchGroup(GrpcTarget target, int watchers)
    {
        _connection = GrpcConnection.Open(target, TimeSpan.FromSeconds(5));
        var create = new WatchRequest
        {
            CreateRequest = new WatchCreateRequest { Key = ByteString.CopyFromUtf8("watched") },
        }.ToByteArray();
        for (var i = 0; i < watchers; i++)
        {
            _connection.Begin(GrpcMethod.Watch, create, new Watcher(this), isLast: false);
        }

        _connection.Flush();
        _thread = new Thread(Receive) { IsBackground = true, Name = "watchers" };
        _thread.Start();
    }

    /// <summary>To be read once it is closed.</summary>
    public LatencyHistogram Latencies { get; } = new();

    public int Created => Volatile.Read(ref _created);

    public string? Failure { get; private set; }

    public bool IsMeasuring
    {
        get => _isMeasuring;
        set => _isMeasuring = value;
    }

    public void Close()
    {
        _connection.Close();
        _thread.Join();
    }

    public void Dispose()
    {
        Close();
        _connection.Dispose();
    }

    private void Receive()
    {
        try
        {
            while (_connection.Receive())
            {
                // All of it is told to the watchers.
            }
        }
        catch (GrpcConnectionException failure)
        {
            Failure = failure.Message;
        }
    }

    private sealed class Watcher(WatchGroup group) : GrpcCall
    {
        protected override void OnMessage(ReadOnlySpan<byte> message)
        {
            var now = Stopwatch.GetTimestamp();
            var answer = WatchResponse.Parser.ParseFrom(message);
            if (answer.Created)
            {
                group._created++;
            }

            if (answer.Canceled)
            {
                group.Failure = $"a watcher was cancelled: {answer.CancelReason}";
            }

            foreach (var one in answer.Events)
            {
                if (group.IsMeasuring)
                {
                    var intended = BinaryPrimitives.ReadInt64LittleEndian(one.Kv.Value.Span);
                    group.Latencies.Record((long)((now - intended) * (1e9 / Stopwatch.Frequency)));
                }
            }
        }

        protected override void OnEnd(string? error) => group.Failure = error ?? "a watch has ended";
    }
}
