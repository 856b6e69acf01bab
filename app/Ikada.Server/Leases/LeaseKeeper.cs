using Ikada.KeyValue;
using Ikada.Node;
using Ikada.Primitives;
using Microsoft.Extensions.Hosting;

namespace Ikada.Server;

/// <summary>While this member leads, ends the leases that have run out, through the log and at a limited
/// rate, and now and then notes there what is left of long ones.</summary>
internal sealed class LeaseKeeper(
    IReplicatedStore store, LeaseClock clock, ServerOptions options, TimeProvider time) : BackgroundService
{
    // As with etcd: every 500 ms, at most 1000 a second.
    private const int EndedAtOnceMax = 500;
    private const int CheckpointsAtOnceMax = 1000;
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan CheckpointInterval = TimeSpan.FromMinutes(5);
    private Term _ledIn;
    private long _checkpointed;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await LookAsync(stoppingToken);
                await Task.Delay(LookInterval, time, stoppingToken);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or NodeStoppedException)
        {
            return;
        }
    }

    /// <summary>Looks once.</summary>
    internal async Task LookAsync(CancellationToken stop)
    {
        clock.Observe(store.View);
        if (Leads())
        {
            await EndAsync(stop);
            await CheckpointAsync(stop);
        }
    }

    private bool Leads()
    {
        var status = store.Status;
        if (status.Leader != status.Self)
        {
            return false;
        }

        if (status.Term != _ledIn)
        {
            _ledIn = status.Term;
            _checkpointed = time.GetTimestamp();
            clock.Extend(store.View, options.ElectionTimeout);
        }

        return true;
    }

    /// <summary>What is refused or of unknown fate is still due at the next look. A renewal that comes first
    /// in the log makes the end void.</summary>
    private async Task EndAsync(CancellationToken stop)
    {
        var ending = clock.Due(store.View, EndedAtOnceMax)
            .Select(lease => store.ProposeAsync(
                LeaseCommand.EncodeRevoke(lease.Id, lease.RenewedAt), stop).AsTask())
            .ToArray();
        await Task.WhenAll(ending);
    }

    private async Task CheckpointAsync(CancellationToken stop)
    {
        if (time.GetElapsedTime(_checkpointed) < CheckpointInterval)
        {
            return;
        }

        _checkpointed = time.GetTimestamp();
        foreach (var some in clock.Checkpoints(CheckpointInterval).Chunk(CheckpointsAtOnceMax))
        {
            await store.ProposeAsync(LeaseCommand.EncodeCheckpoint(some), stop);
        }
    }
}
