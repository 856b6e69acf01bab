using Ikada.Faults.Clients;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Clients;
using Ikada.Simulation.Workloads.Store;

namespace Ikada.Faults.Checking;

/// <summary>A place of the line that all operations are put into.</summary>
/// <param name="Revision">The revision after it.</param>
/// <param name="Changes">What it changes; empty: nothing.</param>
/// <param name="Operation">Whose it is; null: a lease runs out.</param>
/// <param name="Request">What is done.</param>
internal sealed record LinePlace(
    long Revision, IReadOnlyList<RecordedChange> Changes, Recorded? Operation, StoreRequest Request)
{
    /// <summary>From 1 on.</summary>
    public ulong Index { get; set; }
}

/// <summary>
/// One line of all operations that took effect, by the revisions that they were told and that the history
/// holds: whoever made a revision, then whoever was answered at it, by their starts. If there is any order
/// that explains what clients saw, this is one: so it is what the checks look at.
/// </summary>
internal sealed class Line
{
    public const string DenseProperty = "I21 the history has every revision once, in order";
    private readonly Dictionary<long, ulong> _writers = [];

    private Line(List<LinePlace> places, bool isWhole)
    {
        places.Sort((one, other) => one.Revision != other.Revision ? one.Revision.CompareTo(other.Revision)
            : one.Changes.Count != other.Changes.Count ? other.Changes.Count.CompareTo(one.Changes.Count)
            : (one.Operation?.Start ?? 0).CompareTo(other.Operation?.Start ?? 0));
        for (var at = 0; at < places.Count; at++)
        {
            places[at].Index = (ulong)at + 1;
            if (places[at].Changes.Count > 0)
            {
                _writers[places[at].Revision] = places[at].Index;
            }
        }

        (Places, IsWhole) = (places, isWhole);
        LastRevision = places.Count == 0 ? 1 : Math.Max(1, places[^1].Revision);
    }

    public IReadOnlyList<LinePlace> Places { get; }

    /// <summary>Whether all of the history has found its place.</summary>
    public bool IsWhole { get; }

    public long LastRevision { get; }

    /// <summary>The place of whoever made a revision, or the last one before it.</summary>
    public ulong IndexOf(long revision)
    {
        for (var at = Math.Min(revision, LastRevision); at > 1; at--)
        {
            if (_writers.TryGetValue(at, out var index))
            {
                return index;
            }
        }

        return 0;
    }

    /// <summary>Puts all into a line.</summary>
    public static Line Of(
        IReadOnlyCollection<Recorded> operations, IReadOnlyList<RecordedChange> history,
        IReadOnlyList<WatchRecord> watches, Findings findings)
    {
        var tellings = new Tellings(operations, watches, operation => operation.Revision, told => told);
        var last = history.Count == 0 ? 1 : history[^1].Revision;
        var firstTold = tellings.FirstTold(last);
        var writers = new Writers(operations);
        var places = new List<LinePlace>();
        var (at, isWhole, revision) = (0, true, 1L);
        while (at < history.Count && isWhole)
        {
            var changes = history.Skip(at).TakeWhile(one => one.Revision == history[at].Revision).ToList();
            at += changes.Count;
            isWhole = findings.Holds(() =>
            {
                Dense(changes[0], ++revision);
                var (operation, request) = writers.Of(changes, firstTold[revision]);
                places.Add(new LinePlace(revision, changes, operation, request));
                MustAgree(operation, changes[0]);
            });
        }

        var written = places.Select(place => place.Operation).ToHashSet();
        var floors = tellings.FloorsOf(operations.Where(operation => operation.Asked is RenewRequest));
        var ends = EndsOf(history);
        // Where the history is wrong nothing is known of what comes behind it.
        foreach (var operation in operations.Where(one => isWhole || one.Revision < revision))
        {
            if (operation.Outcome == RecordedOutcome.Ok && !operation.IsSerializable
                && !written.Contains(operation) && findings.Holds(() => MustBeThere(operation, history)))
            {
                places.Add(new LinePlace(PlaceOf(operation, floors, ends), [], operation, operation.Asked));
            }
        }

        return new Line(isWhole ? places : [.. places.Where(place => place.Revision < revision)], isWhole);
    }

    // A renewal is told whatever revision its node has, as with etcd. Where it worked it may have been as
    // early as the last thing told before it began; where there was no lease, it was after the lease's end.
    private static long PlaceOf(
        Recorded operation, Dictionary<Recorded, long> floors, Dictionary<long, long> ends)
    {
        if (operation.Asked is not RenewRequest renew)
        {
            return operation.Revision;
        }

        var floor = Math.Max(1, floors[operation]);
        return operation.Did!.TimesToLive[0] > 0 ? floor
            : Math.Max(floor, ends.GetValueOrDefault(renew.Leases[0]));
    }

    // The revision that took the last key of each lease.
    private static Dictionary<long, long> EndsOf(IReadOnlyList<RecordedChange> history)
    {
        var ends = new Dictionary<long, long>();
        foreach (var change in history)
        {
            if (change is { IsDeletion: true, Before: { Lease: not 0 } before })
            {
                ends[before.Lease] = change.Revision;
            }
        }

        return ends;
    }

    private static void Dense(RecordedChange change, long revision)
    {
        if (change.Revision != revision)
        {
            throw new PropertyViolatedException(
                DenseProperty, $"after revision {revision - 1} comes '{change}'");
        }
    }

    private static void MustAgree(Recorded? operation, RecordedChange change)
    {
        if (operation is { Outcome: RecordedOutcome.Ok } && operation.Revision != change.Revision)
        {
            throw new PropertyViolatedException(
                Operations.AckedProperty,
                $"{operation} was told revision {operation.Revision}; the history holds '{change}'");
        }
    }

    private static void MustBeThere(Recorded operation, IReadOnlyList<RecordedChange> history)
    {
        if (operation.MadeRevision)
        {
            var there = history.Where(change => change.Revision == operation.Revision).ToList();
            throw new PropertyViolatedException(
                Operations.AckedProperty,
                $"{operation} was told that it made revision {operation.Revision} and is lost; in the "
                + $"history that is {(there.Count == 0 ? "nothing" : $"'{string.Join("', '", there)}'")}");
        }
    }
}
