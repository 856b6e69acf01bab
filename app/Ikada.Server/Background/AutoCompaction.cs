using System.Diagnostics;
using Grpc.Core;
using Ikada.KeyValue;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ikada.Server;

/// <summary>Compacts by the schedule while this member leads.</summary>
internal sealed class AutoCompaction(StoreCalls calls, ServerOptions options, ILoggerFactory loggers)
    : BackgroundService
{
    private readonly ILogger _logger = loggers.CreateLogger("Ikada.Server");

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (CompactionSchedule.Of(options) is not { } schedule)
        {
            return;
        }

        var clock = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(schedule.Interval);
        try
        {
            do
            {
                // What is noted while another leads is still true when this member does.
                var due = schedule.Next(clock.Elapsed, calls.Store.State.Revision);
                if (due is { } revision && calls.Store.Status.Leader == calls.Store.Status.Self
                    && !IsMigrating())
                {
                    await CompactAsync(schedule, clock, revision, stoppingToken);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            ServerLog.AutoCompactionStopped(_logger);
        }
    }

    private bool IsMigrating()
    {
        using var view = calls.Store.Hold();
        return view.Migration.IsUnderWay;
    }

    private async Task CompactAsync(
        CompactionSchedule schedule, Stopwatch clock, long revision, CancellationToken stop)
    {
        try
        {
            await calls.WriteAsync(KeyValueCommand.EncodeCompact(revision), stop);
            schedule.Done(clock.Elapsed, revision);
            ServerLog.AutoCompacted(_logger, revision);
        }
        catch (RpcException refusal) when (refusal.Status.Detail == EtcdErrors.Compacted.Message)
        {
            schedule.Done(clock.Elapsed, revision);
        }
        catch (RpcException refusal) when (!stop.IsCancellationRequested)
        {
            ServerLog.AutoCompactionRefused(_logger, revision, refusal.Status.Detail);
        }
    }
}
