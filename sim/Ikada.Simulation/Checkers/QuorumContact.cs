using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Replica;

namespace Ikada.Simulation.Checkers;

/// <summary>
/// I41: a leader that hears no majority steps down within an election timeout (check-quorum, diss. §6.2), by
/// its own clock. It looks each heartbeat interval, and a read may put off one look: so two intervals more.
/// A node that stood still looks once it goes on; one that sleeps counts from when it wakes. Everything that
/// reaches a node counts as heard, be it of any use or not.
/// </summary>
internal sealed class QuorumContact(int nodes, TimeSpan electionTimeout, TimeSpan heartbeatInterval)
{
    public const string Property = "I41 a leader that hears no majority steps down";
    private readonly TimeSpan _bound = electionTimeout + (2 * heartbeatInterval);
    private readonly Instant[,] _heard = new Instant[nodes, nodes];
    private readonly Leadership[] _leaderships = new Leadership[nodes];

    /// <summary>A message reaches a node.</summary>
    public void Arrives(int node, NodeId from, Instant now) => _heard[node, (int)from.Value - 1] = now;

    /// <summary>A node has ended a batch of inputs, and done what was due.</summary>
    public void Looks(
        int node, in ReplicaStatus status, bool isAsleep, Membership membership, Instant now)
    {
        ref var leadership = ref _leaderships[node];
        if (status.Role != Role.Leader || isAsleep)
        {
            leadership = default;
            return;
        }

        if (leadership.Term != status.Term || !ReferenceEquals(leadership.Membership, membership))
        {
            // Whoever is new counts as heard when it comes.
            leadership = new Leadership(status.Term, membership, now + _bound, now);
            return;
        }

        if (now - leadership.LastBatch > 1.5 * heartbeatInterval)
        {
            var soon = now + (2 * heartbeatInterval);
            leadership = leadership with
            {
                NextLook = leadership.NextLook > soon ? leadership.NextLook : soon,
            };
        }

        leadership = leadership with { LastBatch = now };
        if (now < leadership.NextLook)
        {
            return;
        }

        leadership = leadership with { NextLook = now + heartbeatInterval };
        MustHear(node, status, membership, now + -_bound);
    }

    // By itself, since it makes a closure: most batches end without a look.
    private void MustHear(int node, in ReplicaStatus status, Membership membership, Instant since)
    {
        var self = status.Self;
        if (!Memberships.HasQuorum(
            membership, member => member.Id == self || _heard[node, (int)member.Id.Value - 1] >= since))
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} still leads in term {status.Term} under {MembershipChanges.Text(membership)}; "
                + $"for {_bound.TotalMilliseconds:0} ms of its clock it has heard no majority");
        }
    }

    private readonly record struct Leadership(
        Term Term, Membership? Membership, Instant NextLook, Instant LastBatch);
}
