using Microsoft.Extensions.Hosting;

namespace Ikada.Server;

/// <summary>Notices that there has been no leader for so long that whoever asked to be told must
/// be.</summary>
internal sealed class LeaderLoss(IReplicatedStore store, LeaderChanges changes, ServerOptions options)
    : BackgroundService
{
    // etcd's measure.
    private const int ElectionTimeouts = 3;

    private volatile CancellationTokenSource _lost = new();

    /// <summary>Cancelled when the leader is lost for that long; a new one after that.</summary>
    public CancellationToken Token => _lost.Token;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.ElectionTimeout / 4);
        var lastSeen = TimeProvider.System.GetTimestamp();
        var isTold = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            var status = store.Status;
            changes.Observe(status.Leader, status.Term);
            if (!status.Leader.IsNone)
            {
                (lastSeen, isTold) = (TimeProvider.System.GetTimestamp(), false);
            }
            else if (!isTold
                && TimeProvider.System.GetElapsedTime(lastSeen) > ElectionTimeouts * options.ElectionTimeout)
            {
                // Whoever comes later is refused at once, while this lasts.
                isTold = true;
                var lost = _lost;
                _lost = new CancellationTokenSource();
                await lost.CancelAsync();
            }

            try
            {
                await timer.WaitForNextTickAsync(stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _lost.Dispose();
        base.Dispose();
    }
}
