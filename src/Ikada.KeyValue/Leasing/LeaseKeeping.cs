using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>
/// What the member that leads has to write into the log about leases: that those end which have run out, at
/// a limited rate, and now and then what is left of long ones. What is refused or of unknown fate is due
/// again at the next look; a renewal that comes first in the log makes an end void. One thread at a time.
/// </summary>
/// <param name="deadlines">When leases run out by this member's clock.</param>
/// <param name="electionTimeout">The group's: a lease lives so much longer when the leader changes.</param>
/// <param name="checkpointInterval">How often what is left is noted, and of which leases: of those granted
/// for longer. Default 5 minutes, as etcd's.</param>
public sealed class LeaseKeeping(
    LeaseDeadlines deadlines, TimeSpan electionTimeout, TimeSpan? checkpointInterval = null)
{
    // As with etcd: looked at every 500 ms, at most 1000 a second.
    private const int EndedAtOnceMax = 500;
    private const int CheckpointsAtOnceMax = 1000;
    private readonly TimeSpan _checkpointInterval = checkpointInterval ?? TimeSpan.FromMinutes(5);
    private Instant _checkpointed;

    /// <summary>How often to look: every 500 ms.</summary>
    public static TimeSpan LookInterval => TimeSpan.FromMilliseconds(500);

    /// <summary>This member has begun to lead.</summary>
    public void BeginToLead(KeyValueView view, Instant now)
    {
        _checkpointed = now;
        deadlines.Extend(view, now, electionTimeout);
    }

    /// <summary>The commands to propose now, while this member leads.</summary>
    public IReadOnlyList<byte[]> Due(KeyValueView view, Instant now)
    {
        var commands = new List<byte[]>();
        var due = deadlines.Due(view, now, EndedAtOnceMax);
        for (var i = 0; i < due.Count; i++)
        {
            commands.Add(LeaseCommand.EncodeRevoke(due[i].Id, due[i].RenewedAt));
        }

        if (now - _checkpointed >= _checkpointInterval)
        {
            _checkpointed = now;
            AddCheckpoints(view, now, commands);
        }

        return commands;
    }

    private void AddCheckpoints(KeyValueView view, Instant now, List<byte[]> commands)
    {
        var checkpoints = deadlines.Checkpoints(view, now, _checkpointInterval);
        var some = new List<LeaseCheckpoint>();
        for (var i = 0; i < checkpoints.Count; i++)
        {
            some.Add(checkpoints[i]);
            if (some.Count == CheckpointsAtOnceMax || i == checkpoints.Count - 1)
            {
                commands.Add(LeaseCommand.EncodeCheckpoint(some));
                some.Clear();
            }
        }
    }
}
