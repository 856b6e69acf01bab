using Ikada.KeyValue;
using Ikada.Node;
using Ikada.Primitives;
using Microsoft.Extensions.Hosting;

namespace Ikada.Server;

/// <summary>While this member leads, proposes what is due about leases
/// (<see cref="LeaseKeeping"/>).</summary>
internal sealed class LeaseKeeper(IReplicatedStore store, LeaseClock clock, TimeProvider time)
    : BackgroundService
{
    // Beyond this nobody can tell whether a proposal was lost on its way to another leader.
    private static readonly TimeSpan AnswerTimeMax = TimeSpan.FromSeconds(10);
    private Term _ledIn;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await LookAsync(stoppingToken);
                await Task.Delay(LeaseKeeping.LookInterval, time, stoppingToken);
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
        using var limit = new CancellationTokenSource(AnswerTimeMax, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            // All together: each is due again at the next look if it is not done then.
            await Task.WhenAll(
                Due().Select(command => store.ProposeAsync(command, end.Token).AsTask()).ToArray());
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // One was never answered. What is due still is proposed again: a lease ends once, however often.
            return;
        }
    }

    private IReadOnlyList<byte[]> Due()
    {
        using var view = store.Hold();
        clock.Observe(view);
        // While the store is filled from another one, leases end there.
        return Leads(view) && !view.Migration.IsUnderWay ? clock.Due(view) : [];
    }

    private bool Leads(KeyValueView view)
    {
        var status = store.Status;
        if (status.Leader != status.Self)
        {
            return false;
        }

        if (status.Term != _ledIn)
        {
            _ledIn = status.Term;
            clock.BeginToLead(view);
        }

        return true;
    }
}
