using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Time;

namespace Ikada.Simulation.Checkers;

/// <summary>
/// I40: who sleeps wakes when nothing comes any more of a process that it counts on: a follower of its
/// leader's, a leader of any member's. The host looks each heartbeat interval, and gives the others as
/// long again if it was itself held up; all by its own clock.
/// </summary>
internal sealed class SleepWatch(int nodes, ConsensusOptions options)
{
    public const string Property = "I40 nobody sleeps beside a silent process";
    private readonly TimeSpan _bound = (2 * options.ElectionTimeout) + (3 * options.HeartbeatInterval);
    private readonly long[,] _heard = new long[nodes, nodes];
    private readonly long[] _since = new long[nodes];

    /// <summary>A node has taken a frame.</summary>
    public void Heard(int node, NodeId from, long now) => _heard[node, (int)from.Value - 1] = now;

    /// <summary>A node was held up, or its clock was changed: time counts from here.</summary>
    public void Excused(int node, long now) => _since[node] = now;

    /// <summary>A node sleeps at this moment, and its clock runs.</summary>
    public void Sleeps(int node, in ReplicaStatus status, Membership membership, NodeClock clock, long now)
    {
        if (status.Role != Role.Leader)
        {
            MustHear(node, status.Leader, clock, now);
            return;
        }

        foreach (var member in membership.Members)
        {
            if (member.Id != status.Self)
            {
                MustHear(node, member.Id, clock, now);
            }
        }
    }

    private void MustHear(int node, NodeId peer, NodeClock clock, long now)
    {
        var since = Math.Max(_since[node], _heard[node, (int)peer.Value - 1]);
        var passed = clock.Read(now) - clock.Read(since);
        if (passed > _bound)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} sleeps; for {passed.TotalMilliseconds:0} ms of its clock it has heard nothing "
                + $"of {peer}");
        }
    }
}
