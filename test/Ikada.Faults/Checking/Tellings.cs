using Ikada.Faults.Clients;

namespace Ikada.Faults.Checking;

/// <summary>How far the history had come by what somebody was told, by an answer or by a watch.</summary>
internal sealed class Tellings
{
    private readonly List<(long At, long Place)> _tellings = [];

    /// <param name="operations">What clients did.</param>
    /// <param name="watches">What watchers were told.</param>
    /// <param name="placeOf">Where an answered operation shows that the history has come to.</param>
    /// <param name="placeOfRevision">Where a revision does.</param>
    public Tellings(
        IEnumerable<Recorded> operations, IEnumerable<WatchRecord> watches,
        Func<Recorded, long> placeOf, Func<long, long> placeOfRevision)
    {
        foreach (var operation in operations)
        {
            if (operation.Outcome == RecordedOutcome.Ok)
            {
                _tellings.Add((operation.End, placeOf(operation)));
            }
        }

        foreach (var word in watches.SelectMany(watch => watch.Words))
        {
            if (word.Kind is WatchWordKind.Created or WatchWordKind.Events or WatchWordKind.Progress)
            {
                _tellings.Add((word.At, placeOfRevision(word.Revision)));
            }
        }

        _tellings.Sort();
    }

    /// <summary>When anybody was first told of this place or of a later one, for each up to the last; where
    /// nobody was it is never.</summary>
    public long[] FirstTold(long last)
    {
        var times = new long[last + 1];
        Array.Fill(times, long.MaxValue);
        foreach (var (at, place) in _tellings)
        {
            var capped = Math.Clamp(place, 0, last);
            times[capped] = Math.Min(times[capped], at);
        }

        for (var place = last - 1; place >= 0; place--)
        {
            times[place] = Math.Min(times[place], times[place + 1]);
        }

        return times;
    }

    /// <summary>For each operation the highest place that anybody had been told of before it began; 0 if
    /// nobody had.</summary>
    public Dictionary<Recorded, long> FloorsOf(IEnumerable<Recorded> operations)
    {
        var floors = new Dictionary<Recorded, long>();
        var (at, floor) = (0, 0L);
        foreach (var operation in operations.OrderBy(operation => operation.Start))
        {
            for (; at < _tellings.Count && _tellings[at].At < operation.Start; at++)
            {
                floor = Math.Max(floor, _tellings[at].Place);
            }

            floors[operation] = floor;
        }

        return floors;
    }
}
