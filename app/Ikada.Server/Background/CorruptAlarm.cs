using Ikada.Consensus;
using Ikada.KeyValue;
using Ikada.Node;
using Ikada.Primitives;
using Microsoft.Extensions.Hosting;

namespace Ikada.Server;

/// <summary>While this member leads and no majority holds one state, sees to it that etcd's alarm CORRUPT is
/// active, which stops all: nobody can tell whose answers are right. It can be disarmed for good once a
/// majority agrees.</summary>
internal sealed class CorruptAlarm(IReplicatedStore store) : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var status = store.Status;
                if (status.Role == Role.Leader && status.StatesDisputedAt != LogIndex.Zero
                    && !HasAlarm())
                {
                    // Refused or unknown: the next look says whether it is there.
                    var alarm = new Alarm(status.Self, AlarmKind.Corrupt);
                    await store.ProposeAsync(
                        KeyValueCommand.EncodeAlarm(alarm, isActive: true), stoppingToken);
                }

                await Task.Delay(LookInterval, stoppingToken);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or NodeStoppedException)
        {
            return;
        }
    }

    private bool HasAlarm()
    {
        using var view = store.Hold();
        return view.Alarms.Any(alarm => alarm.Kind == AlarmKind.Corrupt);
    }
}
