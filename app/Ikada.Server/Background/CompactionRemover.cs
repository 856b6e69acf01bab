using Ikada.KeyValue;
using Ikada.Node;
using Microsoft.Extensions.Hosting;

namespace Ikada.Server;

/// <summary>While this member leads, has the versions removed that compactions have outdated, one small
/// command after the other, so that writes go in between. A member that takes over goes on where the state
/// says.</summary>
internal sealed class CompactionRemover(IReplicatedStore store, ServerOptions options) : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var step = KeyValueCommand.EncodeRemoveCompacted(options.CompactionBatchLimit);
        try
        {
            while (true)
            {
                var isDue = store.Status.Leader == store.Status.Self && IsRemoving();
                if (isDue)
                {
                    // Refused or unknown: the state says what is left to do.
                    await store.ProposeAsync(step, stoppingToken);
                }

                await Task.Delay(isDue ? options.CompactionSleepInterval : LookInterval, stoppingToken);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or NodeStoppedException)
        {
            return;
        }
    }

    private bool IsRemoving()
    {
        using var view = store.Hold();
        return view.IsRemovingCompacted;
    }
}
