using Ikada.KeyValue;
using Ikada.Node;
using Ikada.Replica;
using Microsoft.Extensions.Hosting;

namespace Ikada.Server;

/// <summary>While this member leads, has the versions removed that compactions have outdated, one small
/// command after the other, so that writes go in between. A member that takes over goes on where the state
/// says.</summary>
internal sealed class CompactionRemover(IReplicatedStore store, ServerOptions options) : BackgroundService
{
    // Writes wait for as long as one command is executed: with RocksDB 70 us for each change it looks at.
    private const int ChangesPerCommandMax = 100;
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var changes = Math.Min(ChangesPerCommandMax, options.CompactionBatchLimit);
        var step = KeyValueCommand.EncodeRemoveCompacted(changes);
        var sinceRest = 0;
        try
        {
            while (true)
            {
                var isDue = store.Status.Leader == store.Status.Self && IsRemoving();
                if (!isDue)
                {
                    await Task.Delay(LookInterval, stoppingToken);
                    continue;
                }

                // Refused or unknown: the state says what is left to do.
                var outcome = await store.ProposeAsync(step, stoppingToken);
                sinceRest += changes;
                if (outcome.Kind != OutcomeKind.Applied || sinceRest >= options.CompactionBatchLimit)
                {
                    sinceRest = 0;
                    await Task.Delay(options.CompactionSleepInterval, stoppingToken);
                }
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
