namespace Ikada.Simulation.Histories;

/// <summary>
/// Whether a history of a key-value store is linearizable: whether on each key the operations can be put into
/// one order in which each happened between its start and its end and found what the ones before it had left.
/// (Keys can be judged one by one: linearizability is local.)
/// </summary>
public static class HistoryChecker
{
    private const long QuickStatesMax = 20_000;

    // How many wrong keys are searched for the smallest set.
    private const int WrongKeysShrunkMax = 16;

    /// <summary>Judges a history.</summary>
    /// <param name="history">What clients were told.</param>
    /// <param name="statesMax">How many states may be remembered of each key, at least 1; each takes some 40
    /// bytes.</param>
    /// <param name="isOver">Whether the time is over; asked now and then.</param>
    public static HistoryVerdict Check(History history, long statesMax, Func<bool> isOver)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(statesMax, 1);
        var wrong = new List<int>();
        var undecided = new List<int>();
        var states = 0L;
        // What is easy first: a hard key must not hide a wrong one, nor take the time that it needs to be
        // shown small.
        for (var key = 0; key < history.Keys; key++)
        {
            var budget = new SearchBudget(Math.Min(statesMax, QuickStatesMax), isOver);
            Judge(history, key, budget);
            states += budget.States;
        }

        var smallest = Smallest(history, wrong, isOver);
        var hard = undecided.ToArray();
        undecided.Clear();
        foreach (var key in hard)
        {
            var budget = new SearchBudget(statesMax, isOver);
            Judge(history, key, budget);
            states += budget.States;
        }

        smallest ??= Smallest(history, wrong, isOver);
        wrong.Sort();
        var outcome = wrong.Count > 0 ? HistoryOutcome.NotLinearizable
            : undecided.Count > 0 ? HistoryOutcome.GaveUp : HistoryOutcome.Linearizable;
        return new HistoryVerdict(outcome, wrong, undecided, smallest, states);

        void Judge(History of, int key, SearchBudget budget)
        {
            var found = KeyCheck.Run(of.OpsOf(key), [], budget);
            if (found != SearchResult.Ordered)
            {
                (found == SearchResult.Impossible ? wrong : undecided).Add(key);
            }
        }
    }

    private static SmallestSet? Smallest(History history, List<int> wrong, Func<bool> isOver)
    {
        SmallestSet? smallest = null;
        for (var at = 0; at < Math.Min(wrong.Count, WrongKeysShrunkMax) && (at == 0 || !isOver()); at++)
        {
            var found = Shrinking.Run(wrong[at], history.OpsOf(wrong[at]), isOver);
            smallest = smallest is null || found.Ops.Count < smallest.Ops.Count ? found : smallest;
        }

        return smallest;
    }
}
