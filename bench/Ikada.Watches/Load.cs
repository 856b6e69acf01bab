using Ikada.Load.Http2;
using Ikada.Load.Running;
using Ikada.Load.Workloads;

namespace Ikada.Watches;

/// <summary>Puts of 100 B, by the client that all measurements use.</summary>
internal sealed class Load(ServerProcess server)
{
    private const int Clients = 8;
    private const int ValueBytes = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(300);
    private static readonly KeySpace One = new("one", 1);
    private readonly GrpcTarget _target = new("127.0.0.1", server.Address.Port);

    /// <summary>Waits until the server takes a put.</summary>
    public async Task ReadyAsync()
    {
        var until = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        for (var isReady = false; !isReady; await Task.Delay(100))
        {
            try
            {
                isReady = LoadRun.Count(PlanOf(One, null), 1, Patience).Errors == 0;
            }
            catch (GrpcConnectionException) when (Environment.TickCount64 < until)
            {
                isReady = false;
            }
        }
    }

    /// <summary>Puts any of the keys for so long.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="time">How long.</param>
    /// <param name="rate">Puts a second, by the clock; null: each client as soon as it is answered.</param>
    public LatencyHistogram PutFor(KeySpace keys, TimeSpan time, double? rate) =>
        Checked(LoadRun.Measure(PlanOf(keys, rate), Settling, time)).Latencies;

    /// <summary>Puts one key so many times.</summary>
    public void PutOne(int count) => Checked(LoadRun.Count(PlanOf(One, null), count, Patience));

    /// <summary>The key that <see cref="PutOne"/> puts.</summary>
    public static string OneKey => System.Text.Encoding.ASCII.GetString(One.Key(0));

    private LoadPlan PlanOf(KeySpace keys, double? rate) =>
        new([_target], EtcdWorkloads.Put(keys, ValueBytes), Clients) { RatePerSecond = rate };

    private static LoadResult Checked(LoadResult result) => result.Errors == 0
        ? result : throw new InvalidOperationException($"a put failed: {result.FirstError}");
}
