using System.Diagnostics;
using Ikada.Load.Http2;

namespace Ikada.Load.Running;

/// <summary>One connection, the thread that receives on it, and what it has counted.</summary>
internal sealed class Worker(GrpcConnection connection, LoadState state) : IDisposable
{
    private Thread? _thread;

    public GrpcConnection Connection { get; } = connection;

    public LatencyHistogram Latencies { get; } = new();

    public long Errors { get; private set; }

    public string? FirstError { get; private set; }

    public void Start()
    {
        _thread = new Thread(Receive) { IsBackground = true, Name = "load" };
        _thread.Start();
    }

    public void Done(LoadCall call, string? error)
    {
        var now = Stopwatch.GetTimestamp();
        if (error is not null)
        {
            // Also outside the window: what fails before it was not made ready, what fails behind it was
            // begun
            // within.
            Errors++;
            FirstError ??= error;
        }
        else if (state.IsMeasuring)
        {
            Latencies.Record(NanosecondsBetween(call.Intended, now));
        }

        state.Done(call, now);
    }

    public void Dispose()
    {
        Connection.Close();
        _thread?.Join();
        Connection.Dispose();
    }

    public static long NanosecondsBetween(long from, long to) =>
        (long)((to - from) * (1e9 / Stopwatch.Frequency));

    private void Receive()
    {
        try
        {
            while (Connection.Receive())
            {
                // All of it is told to the calls.
            }
        }
        catch (GrpcConnectionException failure)
        {
            state.Fail(failure);
        }
    }
}
