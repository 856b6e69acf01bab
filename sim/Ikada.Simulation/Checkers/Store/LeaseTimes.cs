using Ikada.Primitives;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Workloads.Store;

namespace Ikada.Simulation.Checkers.Store;

/// <summary>
/// No lease ends before its time by the clock of the member that ends it: that clock has gone on by the
/// granted time since the last renewal was committed, or by what a checkpoint left since that was committed.
/// And no checkpoint leaves less than there is by the clock of whoever proposes it.
/// </summary>
/// <param name="nodes">How many nodes there are.</param>
/// <param name="read">What a node's clock shows now.</param>
internal sealed class LeaseTimes(int nodes, Func<int, Instant> read) : ILeaseWitness
{
    public const string EarlyProperty = "leases: none ends before its time by the leader's clock";
    public const string CheckpointProperty = "leases: a checkpoint takes no time away";

    // Until when each lease must live, by the clock of each node.
    private readonly Dictionary<long, Instant[]> _ends = [];

    /// <summary>Takes what happens, in numbers.</summary>
    public RunCounts Counts { get; set; } = new();

    public void Renewed(long lease, long seconds)
    {
        if (!_ends.TryGetValue(lease, out var ends))
        {
            _ends[lease] = ends = new Instant[nodes];
        }

        for (var node = 0; node < nodes; node++)
        {
            ends[node] = read(node) + TimeSpan.FromSeconds(seconds);
        }
    }

    public void Checkpointed(long lease, long seconds)
    {
        Counts.Reached(Mark.LeaseCheckpointed);
        var ends = _ends[lease];
        for (var node = 0; node < nodes; node++)
        {
            ends[node] = Instant.Min(ends[node], read(node) + TimeSpan.FromSeconds(seconds));
        }
    }

    public void Ended(long lease, bool isExpiry)
    {
        Counts.Reached(isExpiry ? Mark.LeaseExpired : Mark.LeaseRevoked);
        _ends.Remove(lease);
    }

    public void Outlived(long lease) => Counts.Reached(Mark.ExpiryOvertaken);

    /// <summary>A member that thinks it leads proposes something about leases.</summary>
    public void Proposes(int node, StoreRequest request, StoreModel model)
    {
        if (request is RevokeRequest revoke)
        {
            Proposes(node, revoke, model);
            return;
        }

        foreach (var (id, renewedAt, remaining) in ((CheckpointRequest)request).Checkpoints)
        {
            if (IsKnown(model, id, renewedAt.Value)
                && read(node) + TimeSpan.FromSeconds(remaining) < _ends[id][node])
            {
                throw new PropertyViolatedException(
                    CheckpointProperty,
                    $"n{node + 1} leaves lease {id} {remaining} s; by its clock it has "
                    + $"{(_ends[id][node] - read(node)).TotalSeconds} s");
            }
        }
    }

    // One that names no renewal would end the lease whatever came in between.
    private void Proposes(int node, RevokeRequest revoke, StoreModel model)
    {
        if (revoke.RenewedAt == 0)
        {
            throw new PropertyViolatedException(
                EarlyProperty, $"n{node + 1} ends lease {revoke.Lease}, whoever renews it meanwhile");
        }

        if (IsKnown(model, revoke.Lease, revoke.RenewedAt) && read(node) < _ends[revoke.Lease][node])
        {
            throw new PropertyViolatedException(
                EarlyProperty,
                $"n{node + 1} ends lease {revoke.Lease}, renewed at {revoke.RenewedAt}; by its clock it has "
                + $"{(_ends[revoke.Lease][node] - read(node)).TotalSeconds} s left");
        }
    }

    // Where it was renewed since, what is proposed will be void.
    private static bool IsKnown(StoreModel model, long id, ulong renewedAt) =>
        model.Leases.TryGetValue(id, out var lease) && lease.RenewedAt == renewedAt;
}
