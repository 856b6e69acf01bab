using Ikada.Primitives;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Time;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation;

/// <summary>
/// I40 and I44: after everything has healed the cluster elects, ends every operation, takes new ones, and
/// all nodes
/// reach the same applied index and state. Then it stays calm: no new leader without a reason.
/// </summary>
internal sealed class LivenessPhase(World world, RandomSource random)
{
    public const string Property = "I40 after healing the cluster serves and converges";
    public const string CoreProperty = "I40 a healed core serves, whatever becomes of the others";
    public const string CalmProperty = "I40 a calm network keeps its leader";
    private const int OperationsPerClient = 5;
    private const long LookEvery = 50 * Draw.Millisecond;
    private long _deadline;
    private long _calmSince;
    private long _calmUntil;
    private ulong _calmTerm;

    // A leader that failed to hand over to a preferred voter waits twice as long after each failure: at most
    // about as long as it has led by then.
    private bool _awaitsPreferred;

    /// <summary>Whether the run has reached its end.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Those that heal first, in half of the runs.</summary>
    public CorePhase Core { get; } = new(world, random);

    /// <summary>Everything heals, or only a core.</summary>
    public void Begin()
    {
        world.Log.Add(world.Now, TraceKind.Healed, -1);
        world.Schedule.Heal();
        Core.TryBegin();
        world.Clients.Demand(OperationsPerClient);
        _deadline = Later(world.Options.LivenessTimeoutsMax) + world.Workload.RestTime;
        LookLater();
    }

    /// <summary>Looks how far the cluster has come.</summary>
    public void Look()
    {
        var missing = Missing();
        if (Core.IsOn)
        {
            LookAtCore(missing);
            LookLater();
            return;
        }

        if (_calmUntil > 0 && world.Network.Notices.LastClosing > _calmSince)
        {
            // A connection that broke earlier was noticed only now: that may cost a leader. Wait again.
            _calmUntil = 0;
            _deadline = Math.Max(_deadline, Later(world.Options.LivenessTimeoutsMax / 2));
        }

        if (_calmUntil > 0)
        {
            StayCalm(missing);
        }
        else if (missing is null
            && world.Now > world.Network.Notices.LastClosing + world.ConsensusOptions.ElectionTimeout.Ticks)
        {
            Converged();
        }
        else if (missing is not null && world.Now > Deadline())
        {
            throw new PropertyViolatedException(
                Property,
                $"{world.Options.LivenessTimeoutsMax} election timeouts after everything healed {missing}");
        }

        if (!IsOver)
        {
            LookLater();
        }
    }

    private void LookAtCore(string? missing)
    {
        // One whose state is wrong may have to wait for those outside: they are needed for a majority.
        var mayWait = world.Checks.Quarantines.IsAnyWrong && world.Now > Deadline();
        if (missing is null || mayWait)
        {
            // It serves without the others. Now these heal as well.
            Core.End();
            world.Log.Add(world.Now, TraceKind.Healed, -1);
            world.Schedule.Heal();
            world.Clients.Demand(2 * OperationsPerClient);
            _deadline = Later(world.Options.LivenessTimeoutsMax) + world.Workload.RestTime;
        }
        else if (world.Now > Deadline())
        {
            throw new PropertyViolatedException(
                CoreProperty,
                $"{world.Options.LivenessTimeoutsMax} election timeouts after {Core} healed {missing}");
        }
    }

    private void StayCalm(string? missing)
    {
        var term = world.Operators.Leader()?.Status.Term.Value ?? 0;
        if (missing is not null || term != _calmTerm)
        {
            throw new PropertyViolatedException(
                CalmProperty,
                $"the cluster had converged in term {_calmTerm} on a network without faults; now "
                + (missing ?? $"the term is {term}"));
        }

        IsOver = world.Now >= _calmUntil;
    }

    private void Converged()
    {
        var leader = world.Operators.Leader()!;
        var machine = leader.Process!.Machine;
        world.Log.Add(
            world.Now, TraceKind.Converged, leader.Index, -1, (long)machine.AppliedIndex.Value,
            (long)machine.StateHash);
        world.Workload.Operations.CheckAcknowledged();
        foreach (var node in Members())
        {
            world.Workload.Converged(node.Index, node.Process!.Machine);
        }

        _calmTerm = leader.Status.Term.Value;
        _calmSince = world.Now;
        _calmUntil = Later(3);
    }

    /// <summary>What is still missing, or null.</summary>
    private string? Missing()
    {
        if (world.Operators.Leader() is not { } first)
        {
            return "nobody leads";
        }

        foreach (var node in world.Nodes)
        {
            if (!node.IsUp && Core.Demands(node.Index))
            {
                return $"n{node.Index + 1} is not up";
            }
        }

        if ((Core.IsOn ? Core.Missing() : world.Operators.Missing()) is { } missing)
        {
            return missing;
        }

        _awaitsPreferred = false;
        if (Preferred(first) is { } preferred)
        {
            _awaitsPreferred = true;
            return $"n{first.Index + 1} has not handed over to n{preferred}, which is preferred";
        }

        foreach (var node in Members())
        {
            var status = node.Status;
            if (status.Leader.IsNone || status.Term != first.Status.Term
                || status.Leader != first.Status.Leader)
            {
                return $"n{node.Index + 1} is {status.Role} in term {status.Term} under n{status.Leader}, "
                    + $"n{first.Index + 1} leads in term {first.Status.Term}";
            }

            // A leader that is outside a core may be slow to apply: what it has committed counts.
            var expected = Core.Demands(first.Index) ? first.Status.Applied : first.Status.Commit;
            if (status.Applied != status.Last.Index || status.Applied != expected)
            {
                return $"n{node.Index + 1} has applied {status.Applied} of {status.Last.Index}, "
                    + $"the leader n{first.Index + 1} {first.Status.Applied} of {first.Status.Commit}";
            }

            if (Differs(node, first) is { } differs)
            {
                return differs;
            }
        }

        return world.Clients.AreDone ? world.Workload.Missing()
            : $"clients wait: {world.Clients.Waiting()}";
    }

    private string? Differs(Nodes.SimulatedNode node, Nodes.SimulatedNode leader)
    {
        // Of two in a core nobody can tell which is wrong.
        if (Core.IsOn && world.Checks.Quarantines.IsAnyWrong)
        {
            return null;
        }

        return node.Status.Applied == leader.Status.Applied
            && node.Process!.Machine.StateHash != leader.Process!.Machine.StateHash
            ? $"n{node.Index + 1} has another state than the leader at applied index {node.Status.Applied}"
            : node.Status.IsQuarantined || Rot(node) != Rot(leader)
            ? $"n{node.Index + 1} has stored other bytes than the leader"
            : null;
    }

    private static ulong Rot(Nodes.SimulatedNode node) => node.Process!.Spoilt?.Rot ?? 0;

    private long Deadline() =>
        _awaitsPreferred ? _deadline + (world.Options.Seconds * Draw.Second) : _deadline;

    // A voter of higher priority than the leader, which must end up leading.
    private NodeId? Preferred(Nodes.SimulatedNode leader)
    {
        var membership = world.Checks.CommittedMembership;
        var own = membership.Find(leader.Id)?.Priority ?? 0;
        foreach (var member in membership.Members)
        {
            if (member.Priority > own && membership.IsVoter(member.Id)
                && Core.Demands((int)member.Id.Value - 1))
            {
                return member.Id;
            }
        }

        return null;
    }

    // The members: who was removed need not know what happens since.
    private IEnumerable<Nodes.SimulatedNode> Members()
    {
        var membership = world.Checks.CommittedMembership;
        foreach (var node in world.Nodes)
        {
            if (membership.Contains(node.Id) && Core.Demands(node.Index))
            {
                yield return node;
            }
        }
    }

    private long Later(int timeouts) => world.Now + (timeouts * world.ConsensusOptions.ElectionTimeout.Ticks);

    private void LookLater() =>
        world.Queue.Add(world.Now + LookEvery, new SimEvent { Kind = SimEventKind.LivenessLooks });
}
