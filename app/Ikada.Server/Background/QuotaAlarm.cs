using Ikada.KeyValue;
using Ikada.Node;
using Microsoft.Extensions.Hosting;

namespace Ikada.Server;

/// <summary>Raises the alarm NOSPACE where the data outgrows this member's quota, whoever took the writes:
/// another member may have a larger one. Only when the data has grown, so that an operator who ends the alarm
/// is not contradicted.</summary>
internal sealed class QuotaAlarm(IReplicatedStore store, Quota quota) : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var alarm = new Alarm(store.Status.Self, AlarmKind.NoSpace);
        var (seen, _) = Look(alarm);
        try
        {
            while (true)
            {
                await Task.Delay(LookInterval, stoppingToken);
                var (size, isRaised) = Look(alarm);
                if (size > seen && size >= quota.Bytes && !isRaised)
                {
                    // Refused or unknown: it is tried again, unless it is there.
                    await store.ProposeAsync(
                        KeyValueCommand.EncodeAlarm(alarm, isActive: true), stoppingToken);
                    continue;
                }

                seen = size;
            }
        }
        catch (Exception end) when (end is OperationCanceledException or NodeStoppedException)
        {
            return;
        }
    }

    private (long SizeBytes, bool IsRaised) Look(Alarm alarm)
    {
        using var view = store.Hold();
        return (view.SizeBytes, view.Alarms.Contains(alarm));
    }
}
