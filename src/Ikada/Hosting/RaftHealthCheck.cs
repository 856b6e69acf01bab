using Ikada.Node;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Ikada;

/// <summary>One of the checks of a node. A node that does not run fails all of them.</summary>
internal class RaftHealthCheck(IRaft raft, Func<RaftStatus, string?> judge) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (RaftHealth.Live(raft) is { } dead)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, dead);
        }

        var status = raft.Status;
        var problem = judge(status) ?? await FurtherAsync(cancellationToken).ConfigureAwait(false);
        return new HealthCheckResult(
            problem is null ? HealthStatus.Healthy : context.Registration.FailureStatus,
            problem ?? $"{status.Name} is {status.Role} in term {status.Term}",
            data: RaftHealth.Data(status));
    }

    /// <summary>What only a wait can tell.</summary>
    protected virtual ValueTask<string?> FurtherAsync(CancellationToken cancellation) => default;
}

/// <summary>Whether the node can serve: it knows a leader, and its state machine has once been as new as the
/// group was then. A linearizable query tells, since it waits for just that.</summary>
internal sealed class RaftReadyCheck(IRaft raft, RaftHealthOptions options)
    : RaftHealthCheck(raft, RaftHealth.Quorum)
{
    private readonly IRaft _raft = raft;
    private volatile bool _hasCaughtUp;

    protected override async ValueTask<string?> FurtherAsync(CancellationToken cancellation)
    {
        if (_hasCaughtUp || _raft is not IRaft<object> node)
        {
            return null;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.ReadyWaitMax);
        try
        {
            _hasCaughtUp = await node.QueryAsync(
                static _ => true, ReadConsistency.Linearizable, limit.Token).ConfigureAwait(false);
            return null;
        }
        catch (Exception error) when (error is RaftUnavailableException or NodeStoppedException
            || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            var status = _raft.Status;
            return $"The node is still catching up with the group (applied {status.AppliedIndex}, known to "
                + $"be committed {status.CommitIndex}). Wait; if the numbers do not rise, look at the "
                + "connection to the leader.";
        }
    }
}
