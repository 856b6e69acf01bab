namespace Ikada.Simulation.Reducing;

/// <summary>Delta debugging (Zeller's ddmin): of a list of causes keeps leaving parts out while what they
/// cause stays.</summary>
internal static class Minimizer
{
    /// <summary>Returns a small part of <paramref name="all"/>. <paramref name="firstThatHolds"/> is asked
    /// for the number of the first of some parts that still suffices; -1: none does.</summary>
    public static IReadOnlyList<T> Minimize<T>(
        IReadOnlyList<T> all, Func<IReadOnlyList<IReadOnlyList<T>>, int> firstThatHolds)
    {
        if (all.Count == 0 || firstThatHolds([[]]) == 0)
        {
            return [];
        }

        var parts = 2;
        while (all.Count > 1)
        {
            var rests = Rests(all, parts);
            var found = firstThatHolds(rests);
            if (found >= 0)
            {
                all = rests[found];
                parts = Math.Max(2, parts - 1);
            }
            else if (parts >= all.Count)
            {
                break;
            }

            parts = Math.Min(found >= 0 ? parts : parts * 2, all.Count);
        }

        return all;
    }

    // What is left of the list without each of so many parts in turn.
    private static List<IReadOnlyList<T>> Rests<T>(IReadOnlyList<T> all, int parts)
    {
        var rests = new List<IReadOnlyList<T>>();
        for (var part = 0; part < parts; part++)
        {
            var (from, to) = (all.Count * part / parts, all.Count * (part + 1) / parts);
            if (from < to)
            {
                rests.Add([.. all.Take(from), .. all.Skip(to)]);
            }
        }

        return rests;
    }
}
