using Ikada.Faults.Clients;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Clients;
using Ikada.Simulation.Workloads.Store;

namespace Ikada.Faults.Checking;

/// <summary>
/// Finds who made each revision of the history: a put by the number in its value, a deletion by what was
/// acknowledged or may have happened, what goes with its lease by that lease.
/// </summary>
internal sealed class Writers
{
    private readonly IReadOnlyDictionary<long, Recorded> _byId;
    private readonly Dictionary<long, Recorded> _deletions;
    private readonly List<Recorded> _unknownDeletions;
    private readonly List<Recorded> _revocations;
    private readonly HashSet<Recorded> _found = [];

    public Writers(IReadOnlyCollection<Recorded> operations)
    {
        _byId = operations.ToDictionary(operation => operation.Id);
        // Two that claim one revision cannot both be in the history: the second is missed there.
        _deletions = operations.Where(operation => operation.Asked is DeleteRequest && operation.MadeRevision)
            .DistinctBy(operation => operation.Revision).ToDictionary(operation => operation.Revision);
        _unknownDeletions = [.. operations.Where(operation => operation.Asked is DeleteRequest
            && operation.Outcome == RecordedOutcome.Unknown).OrderBy(operation => operation.Start)];
        _revocations = [.. operations.Where(operation => operation.Asked is RevokeRequest
            && operation.Outcome != RecordedOutcome.Failed)];
    }

    /// <summary>Who made a revision, and what it is for the model. The operation is null where a lease has
    /// run out.</summary>
    /// <param name="changes">All changes of the revision.</param>
    /// <param name="toldAt">When it was first told.</param>
    /// <exception cref="PropertyViolatedException">Nobody may have made it.</exception>
    public (Recorded? Operation, StoreRequest Request) Of(
        IReadOnlyList<RecordedChange> changes, long toldAt)
    {
        var first = changes[0];
        var lease = first.IsDeletion ? first.Before?.Lease ?? 0 : 0;
        if (lease != 0)
        {
            var revocation = _revocations.Find(one => ((RevokeRequest)one.Asked).Lease == lease
                && (one.Outcome == RecordedOutcome.Unknown
                    ? one.Start < toldAt : one.Revision == first.Revision));
            return revocation is null ? (null, new RevokeRequest(lease, 0)) : Found(revocation, first);
        }

        var operation = first.IsDeletion ? DeletionOf(first, toldAt)
            : _byId.GetValueOrDefault(Caller.WriterOf(first.Item.Value.Span));
        return operation is null
            ? throw new PropertyViolatedException(
                Operations.OnceProperty, $"the history holds '{first}', which no client asked for")
            : Found(operation, first);
    }

    private (Recorded Operation, StoreRequest Request) Found(Recorded operation, RecordedChange change)
    {
        if (operation.Outcome == RecordedOutcome.Failed)
        {
            throw new PropertyViolatedException(
                Operations.RefusedProperty,
                $"the history holds '{change}' of {operation}, which was refused: {operation.Error}");
        }

        if (!_found.Add(operation))
        {
            throw new PropertyViolatedException(
                Operations.OnceProperty, $"the history holds '{change}': {operation} once more");
        }

        return (operation, operation.Asked);
    }

    private Recorded? DeletionOf(RecordedChange change, long toldAt)
    {
        if (_deletions.TryGetValue(change.Revision, out var known))
        {
            return known;
        }

        var at = _unknownDeletions.FindIndex(one =>
            ((DeleteRequest)one.Asked).Keys.Contains(change.Key) && one.Start < toldAt);
        var unknown = at < 0 ? null : _unknownDeletions[at];
        _unknownDeletions.Remove(unknown!);
        return unknown;
    }
}
